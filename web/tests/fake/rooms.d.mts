export function warehouse(size?: number): unknown;
