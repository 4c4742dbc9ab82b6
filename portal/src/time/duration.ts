/** ISO 8601 durations as the API has them, and lengths as people type them. All in milliseconds. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Reads `PT1H30M`; undefined for what is none, months and years among it. */
export function fromIso(text: string | null | undefined): number | undefined {
  const found = ISO.exec(text?.trim().toUpperCase() ?? '');
  if (found === null || found.slice(1).every((part) => part === undefined)) return undefined;
  const [weeks, days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  return (weeks ?? 0) * 7 * DAY + (days ?? 0) * DAY + (hours ?? 0) * HOUR + (minutes ?? 0) * MINUTE + (seconds ?? 0) * SECOND;
}

/** Writes `PT1H30M`; whole days from two days on as `P2D`. */
export function toIso(length: number): string {
  if (length % DAY === 0 && length >= 2 * DAY) return `P${length / DAY}D`;
  const hours = Math.floor(length / HOUR);
  const minutes = Math.floor((length % HOUR) / MINUTE);
  const seconds = Math.round((length % MINUTE) / SECOND);
  const parts = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`;
  return `PT${parts === '' ? '0S' : parts}`;
}

const UNITS: Record<string, number> = {
  d: DAY, day: DAY, days: DAY, tag: DAY, tage: DAY, 日: DAY,
  h: HOUR, hour: HOUR, hours: HOUR, std: HOUR, stunde: HOUR, stunden: HOUR, 時間: HOUR,
  m: MINUTE, min: MINUTE, mins: MINUTE, minute: MINUTE, minutes: MINUTE, minuten: MINUTE, 分: MINUTE,
};

/** Reads what people type: `2`, `90m`, `1:30`, `1 h 30 min`, `1.5h`, `PT2H`; undefined for what is none. */
export function fromTyped(text: string): number | undefined {
  const typed = text.trim().toLowerCase();
  if (typed === '') return undefined;
  const iso = fromIso(typed);
  if (iso !== undefined) return iso;
  const clock = /^(\d{1,3}):([0-5]\d)$/.exec(typed);
  if (clock !== null) return Number(clock[1]) * HOUR + Number(clock[2]) * MINUTE;
  if (/^\d+([.,]\d+)?$/.test(typed)) return Math.round(Number(typed.replace(',', '.')) * HOUR);
  const parts = /^(?:\d+(?:[.,]\d+)?\s*\p{L}+\.?\s*)+$/u.test(typed) ? [...typed.matchAll(/(\d+(?:[.,]\d+)?)\s*(\p{L}+)/gu)] : [];
  let sum = 0;
  for (const [, number, unit] of parts) {
    const size = UNITS[unit ?? ''];
    if (size === undefined) return undefined;
    sum += Number((number ?? '').replace(',', '.')) * size;
  }
  return parts.length === 0 ? undefined : Math.round(sum);
}
