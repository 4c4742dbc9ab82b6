import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { speak } from '../i18n';
import { prefer } from '../preferences';
import { DAY, fromIso, fromTyped, HOUR, MINUTE, toIso } from './duration';
import { ago, fromField, length, point, startOfDay, toField, until } from './format';

const NOW = Date.parse('2026-11-20T13:32:00Z');

beforeAll(async () => {
  prefer({ language: 'en', timeZone: 'Europe/Berlin' });
  await speak();
});
beforeEach(() => prefer({ timeZone: 'Europe/Berlin' }));

describe('durations', () => {
  it.each([
    ['PT2H', 2 * HOUR], ['PT1H30M', 90 * MINUTE], ['P365D', 365 * DAY], ['P1DT2H', 26 * HOUR], ['pt45m', 45 * MINUTE], ['P1W', 7 * DAY],
  ])('%s is read', (text, value) => expect(fromIso(text)).toBe(value));

  it.each(['P6M', 'P1Y', 'PT', '2h', '', 'PT1H-'])('%s is refused', (text) => expect(fromIso(text)).toBeUndefined());

  it.each([
    [90 * MINUTE, 'PT1H30M'], [2 * HOUR, 'PT2H'], [24 * HOUR, 'PT24H'], [180 * DAY, 'P180D'], [5 * MINUTE, 'PT5M'], [0, 'PT0S'],
  ])('%d is written as %s', (value, text) => {
    expect(toIso(value)).toBe(text);
    expect(fromIso(text)).toBe(value);
  });

  it.each([
    ['90m', 90 * MINUTE], ['1:30', 90 * MINUTE], ['PT2H', 2 * HOUR], ['2', 2 * HOUR], ['1.5h', 90 * MINUTE], ['1,5 h', 90 * MINUTE], ['1 h 30 min', 90 * MINUTE], ['2\u00a0h', 2 * HOUR], ['30 Minuten', 30 * MINUTE], ['2 時間', 2 * HOUR],
  ])('typed %s is understood', (text, value) => expect(fromTyped(text)).toBe(value));

  it.each(['soon', '', '1:75', '2 parsecs', '-3'])('typed %s is not', (text) => expect(fromTyped(text)).toBeUndefined());
});

describe('instants in words', () => {
  it('are as short as can be', () => {
    expect(point('2026-11-20T15:56:00Z', NOW)).toBe('16:56');
    expect(point('2026-11-21T01:00:00Z', NOW)).toBe('Sat 02:00');
    expect(point('2026-12-02T01:00:00Z', NOW)).toBe('2 Dec');
    expect(point('2027-05-19T01:00:00Z', NOW)).toBe('19 May 2027');
    expect(until(null, NOW)).toBe('no end');
  });

  it('follow the chosen time zone, also where the day differs', () => {
    prefer({ timeZone: 'Asia/Tokyo' });
    expect(point('2026-11-20T15:56:00Z', NOW)).toBe('Sat 00:56');
    expect(startOfDay(NOW)).toBe(Date.parse('2026-11-19T15:00:00Z'));
  });

  it('go into fields and back, over the change of the clocks too', () => {
    for (const at of ['2026-11-20T13:32:00Z', '2026-03-29T00:59:00Z', '2026-03-29T01:01:00Z', '2026-10-25T03:30:00Z']) {
      expect(fromField(toField(at))).toBe(Date.parse(at));
    }
    expect(fromField('nonsense')).toBeUndefined();
  });
});

describe('lengths in words', () => {
  it.each([
    [2 * HOUR, '2 h'], [106 * MINUTE, '1 h 46 min'], [12 * DAY, '12 days'], [26 * HOUR, '26 h'], [30 * MINUTE, '30 min'],
  ])('%d', (span, words) => expect(length(span).replaceAll('\u00a0', ' ')).toBe(words));

  it('have seconds when they are nearly over', () => {
    expect(length(11 * MINUTE + 48_900, true).replaceAll('\u00a0', ' ')).toBe('11 min 48 s');
    expect(length(-5, true).replaceAll('\u00a0', ' ')).toBe('0 s');
  });

  it('say how long ago', () => {
    expect(ago(NOW - 30_000, NOW)).toBe('just now');
    expect(ago(NOW - 6 * MINUTE, NOW).replaceAll('\u00a0', ' ')).toBe('6 min ago');
  });
});
