import { describe, expect, it } from 'vitest';
import type { Catalog } from '.';
import de from './de';
import en from './en';
import ja from './ja';

const others: [string, Catalog, string[]][] = [
  ['de', de, ['_one', '_other']],
  ['ja', ja, ['_other']],
];
const stem = (key: string) => key.replace(/_(zero|one|other)$/, '');
const places = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1]!).sort();

describe.each(others)('the catalog %s', (_, catalog, plurals) => {
  it('has every message of the English one, in each of its plural forms, and no other', () => {
    const wanted = new Set<string>();
    for (const key of Object.keys(en)) {
      if (stem(key) === key) wanted.add(key);
      else for (const plural of plurals) wanted.add(stem(key) + plural);
    }
    const has = Object.keys(catalog).filter((key) => !key.endsWith('_zero'));
    expect(has.filter((key) => !wanted.has(key))).toEqual([]);
    expect([...wanted].filter((key) => catalog[key] === undefined)).toEqual([]);
  });

  it('fills no place that the English message does not have', () => {
    const english = en as unknown as Catalog;
    for (const [key, text] of Object.entries(catalog)) {
      const known = new Set(Object.keys(english).filter((other) => stem(other) === stem(key)).flatMap((other) => places(english[other]!)));
      expect(places(text).filter((place) => !known.has(place)), key).toEqual([]);
    }
  });
});

describe('the English catalog', () => {
  it('never says please, sorry, successfully, nor shouts', () => {
    for (const [key, text] of Object.entries(en)) expect(text, key).not.toMatch(/\b(please|sorry|successfully|are you sure)\b|!/i);
  });
});
