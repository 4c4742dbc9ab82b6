import { beforeAll, describe, expect, it } from 'vitest';
import { speak, t } from '.';
import { and } from '../words';
import { closed, isolated } from './isolate';

beforeAll(() => speak());

const HEBREW = '\u05d0\u05d3\u05d4';

describe('a name stays in its place (T-44)', () => {
  it('is as it was written where it turns nothing', () => expect(isolated('Zoë Østergård, 東京')).toBe('Zoë Østergård, 東京'));
  it('is isolated where it is written from right to left', () => {
    expect(t('approve.sees', { name: HEBREW })).toContain(`\u2068${HEBREW}\u2069`);
    expect(and(['Ada', HEBREW])).toBe(`Ada and \u2068${HEBREW}\u2069`);
  });
  it('overrides nothing', () => expect(closed('Ada \u202enimda\u202c')).toBe('Ada nimda'));
  it('ends no isolate that it did not begin', () => expect(closed(`${HEBREW}\u2069 admin`)).toBe(`${HEBREW} admin`));
  it('leaves no isolate open', () => expect(closed('\u2067Ada')).toBe('\u2067Ada\u2069'));
  it('stays isolated in a sentence that is put into another', () => expect(isolated(isolated(HEBREW))).toBe(`\u2068\u2068${HEBREW}\u2069\u2069`));
});
