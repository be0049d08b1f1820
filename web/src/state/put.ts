/** Set a field, or leave it out when it holds its default: as on the wire. */
export function put<T extends object, K extends keyof T>(
  on: T,
  name: K,
  value: T[K] | undefined,
  left?: T[K],
): void {
  if (value === undefined || value === left) delete on[name];
  else on[name] = value;
}
