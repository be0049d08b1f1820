import { ABNORMAL, type Opener } from './transport';
import { webSocket } from './websocket';
import { Wire, type WireOptions } from './wire';

/** How many WebSockets must fail right after HTTP answered, until we believe that none gets through. */
const DEAF = 2;

/**
 * Connect to the server at `base` (such as `https://data.example`), and stay connected: at once when
 * the network is back or the page is seen again, else with full-jitter back-off.
 */
export function connect(base: string, options: Partial<WireOptions> = {}): Wire {
  const wire = new Wire({ open: chooser(base.replace(/\/$/, '')), ...options });
  const nudge = () => wire.nudge();
  const seen = () => {
    if (document.visibilityState === 'visible') wire.nudge();
  };
  window.addEventListener('online', nudge);
  window.addEventListener('pageshow', nudge);
  document.addEventListener('visibilitychange', seen);
  return wire;
}

// A server that is away refuses both; only one that answers HTTP and no WebSocket is behind a wall.
function chooser(base: string): (failures: number) => Promise<Opener> {
  let deaf = 0;
  return async (failures) => {
    if (typeof WebSocket === 'undefined') return withoutSockets(base);
    if (failures < 2 || !(await alive(base))) deaf = 0;
    else deaf += 1;
    return deaf > DEAF ? withoutSockets(base) : webSocket(`${base}/ws`);
  };
}

// Few ever need it. Where it cannot be had, the wire tries again later, as after any failure.
async function withoutSockets(base: string): Promise<Opener> {
  try {
    return (await import('./fallback')).plainHttp(base);
  } catch {
    return nowhere;
  }
}

const nowhere: Opener = (ears) => {
  queueMicrotask(() => ears.closed(ABNORMAL, 'a part of the page could not be loaded'));
  return { say() {}, close() {} };
};

async function alive(base: string): Promise<boolean> {
  try {
    const patience = AbortSignal.timeout(3000);
    return (await fetch(`${base}/health/live`, { signal: patience })).ok;
  } catch {
    return false;
  }
}
