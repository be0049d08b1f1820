import type { AnyRecord } from '../../src/generated/protocol';

export interface Fake {
  url: string;
  control: {
    /** Take no more sockets. */
    deaf: boolean;
    /** Uploads get no answer. */
    slow: boolean;
    /** How long the story takes its time, against the usual. */
    pace: number;
    /** Python was ended to save memory. */
    evicted: boolean;
    /** What every source holds, in place of the shop. */
    catalogue: unknown;
    /** Refuse commands of these types. */
    refuse: Record<string, { code: string; detail: string; advice?: string }> | undefined;
  };
  /** What is kept beside the sessions, and what the page has sent to change it. */
  rooms: { sent: { method: string; path: string; body: unknown }[] };
  logs: Map<string, { append(event: object): number; records: AnyRecord[] }>;
  cut(): void;
  closeAll(code: number, reason?: string): void;
  stop(): void;
}

export function serve(options: {
  port?: number;
  pace?: number;
  fold: (session: string, records: AnyRecord[]) => unknown;
}): Promise<Fake>;
