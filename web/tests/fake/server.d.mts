import type { AnyRecord } from '../../src/generated/protocol';

export interface Fake {
  url: string;
  control: {
    /** Take no more sockets. */
    deaf: boolean;
    /** Refuse commands of these types. */
    refuse: Record<string, { code: string; detail: string; advice?: string }> | undefined;
  };
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
