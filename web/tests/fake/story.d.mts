export function play(part: {
  log: { append(event: object): number };
  run: string;
  text: string;
  mode: string;
  pause(ms: number): Promise<unknown>;
  gate(asked: object): Promise<{ verdict: string; code?: string }>;
}): Promise<unknown>;
export const SQL: string;
