/** Instants and lengths in words, in the chosen language and time zone. */
import { locale, t } from '../i18n';
import { preferences } from '../preferences';
import { DAY, HOUR, MINUTE, SECOND } from './duration';

/** An instant as the API has it, or in milliseconds. */
export type When = string | number;

/** In milliseconds. */
export const millis = (when: When) => (typeof when === 'number' ? when : Date.parse(when));

let own: string | undefined;
if (typeof document !== 'undefined') {
  // Somebody who travels looks away from the page in between.
  document.addEventListener('visibilitychange', () => {
    own = undefined;
  });
}

/** The browser's own time zone: to ask for it is dear, and each time that is shown does. */
function ownZone(): string {
  own ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
  return own;
}

/** The time zone that times are shown in. */
export function timeZone(): string {
  const { timeZone: chosen } = preferences();
  return chosen === 'system' ? ownZone() : chosen;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function written(when: When, options: Intl.DateTimeFormatOptions): string {
  const zone = timeZone();
  const key = `${locale()} ${zone} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options });
    formats.set(key, format);
  }
  return format.format(millis(when));
}

const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

/** `16:56` */
export const time = (when: When) => written(when, clock);
/** `16:56:20` */
export const seconds = (when: When) => written(when, { ...clock, second: '2-digit' });
/** `Fri 20 Nov` */
export const dayOf = (when: When) => written(when, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '');
/** `Fri 20` */
export const dayShort = (when: When) => {
  const weekday = written(when, { weekday: 'short' }).replace(/[.,]/g, '');
  return `${weekday} ${Number(written(when, { day: 'numeric' }).replace(/\D/g, ''))}`;
};
/** `Thursday 19 November` */
export const dayLong = (when: When) => written(when, { weekday: 'long', day: 'numeric', month: 'long' }).replace(/,/g, '');
/** `19 May 2027` */
export const date = (when: When) => written(when, { day: 'numeric', month: 'short', year: 'numeric' });
/** `Fri 20 Nov, 14:32` */
export const header = (when: When) => `${dayOf(when)}, ${time(when)}`;
/** Everything, with the zone: for who looks closely. */
export const full = (when: When) =>
  written(when, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', ...clock, second: '2-digit', timeZoneName: 'short' });

/** A number that is the same for two instants of one day. */
export function dayKey(when: When): string {
  return written(when, { year: 'numeric', month: '2-digit', day: '2-digit' });
}

/** The first instant of the day, in the shown time zone. */
export function startOfDay(when: When): number {
  const at = millis(when);
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: timeZone(), ...clock, second: '2-digit' }).format(at).split(':').map(Number);
  const [hours = 0, minutes = 0, secs = 0] = parts;
  return at - (at % 1000) - ((hours * 60 + minutes) * 60 + secs) * SECOND;
}

/** When something is, as short as can be: `16:56` today, `Sat 02:00` soon, `2 Dec` this year, else with the year. */
export function point(when: When, now: number): string {
  const at = millis(when);
  if (dayKey(at) === dayKey(now)) return time(at);
  if (Math.abs(at - now) < 6 * DAY) return `${written(at, { weekday: 'short' }).replace(/[.,]/g, '')} ${time(at)}`;
  if (written(at, { year: 'numeric' }) === written(now, { year: 'numeric' })) return written(at, { day: 'numeric', month: 'short' });
  return date(at);
}

/** `until 16:56`, or that there is no end. */
export function until(when: When | null | undefined, now: number): string {
  return when === null || when === undefined ? t('time.noEnd') : t('time.until', { when: point(when, now) });
}

/** A length: `1 h 46 min`, `12 days`; with seconds where `fine` and it is short. */
export function length(span: number, fine = false): string {
  const left = Math.max(0, fine ? Math.floor(span / SECOND) * SECOND : span);
  const days = Math.floor(left / DAY);
  const hours = Math.floor((left % DAY) / HOUR);
  const minutes = Math.floor((left % HOUR) / MINUTE);
  const secs = Math.floor((left % MINUTE) / SECOND);
  if (days >= 2) return t('time.days', { count: days });
  const wholeHours = days * 24 + hours;
  if (wholeHours > 0) {
    const inHours = t('time.hours', { n: wholeHours });
    return minutes > 0 ? `${inHours} ${t('time.minutes', { n: minutes })}` : inHours;
  }
  if (fine) {
    const inSeconds = t('time.seconds', { n: secs });
    return minutes > 0 ? `${t('time.minutes', { n: minutes })} ${inSeconds}` : inSeconds;
  }
  return minutes > 0 ? t('time.minutes', { n: minutes }) : t('time.seconds', { n: secs });
}

/** A length in whole words, for who listens: `2 hours 5 minutes`. */
export function spokenLength(span: number): string {
  const minutes = Math.max(0, Math.round(span / MINUTE));
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const parts = [];
  if (hours > 0) parts.push(t('time.spokenHours', { count: hours }));
  if (rest > 0 || hours === 0) parts.push(t('time.spokenMinutes', { count: rest }));
  return parts.join(' ');
}

/** `6 min ago`, `yesterday`. */
export function ago(when: When, now: number): string {
  const span = now - millis(when);
  if (span < MINUTE) return t('time.justNow');
  return t('time.ago', { length: length(span < HOUR ? span : span < 2 * DAY ? Math.floor(span / HOUR) * HOUR : span) });
}

/** What a field for date and time holds, in the shown time zone. */
export function toField(when: When): string {
  const zone = timeZone();
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', ...clock,
  }).formatToParts(millis(when));
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

/** The instant that a field for date and time means in the shown time zone. */
export function fromField(text: string): number | undefined {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return undefined;
  // What the zone shows at a guess tells by how much the guess is off; twice, for the hours around a change.
  let guess = wall;
  for (let round = 0; round < 2; round += 1) guess += wall - Date.parse(`${toField(guess)}Z`);
  return guess;
}

/** The instants at which these begin and end. */
export const edgesOf = (spans: readonly { startDateTime: string; endDateTime: string | null }[]): number[] =>
  spans.flatMap((one) => [millis(one.startDateTime), ...(one.endDateTime === null ? [] : [millis(one.endDateTime)])]);
