import type { ClientMessage, ServerMessage } from '../generated/protocol';

/** A message of a newer server, of a type that is not in the protocol this page was built with. */
export interface UnknownMessage {
  type: string;
  [field: string]: unknown;
}

export interface Ears {
  opened(): void;
  heard(message: ServerMessage | UnknownMessage): void;
  /** Called exactly once, and nothing is called after it. */
  closed(code: number, reason: string): void;
}

/** One connection to a server, however it is made. */
export interface Transport {
  /** Send; a message to a connection that is not open is lost, and its sender knows by `closed`. */
  say(message: ClientMessage): void;
  close(code?: number, reason?: string): void;
}

export type Opener = (ears: Ears) => Transport;

/** Closed without a close frame: the network, or a server that is not there. */
export const ABNORMAL = 1006;
