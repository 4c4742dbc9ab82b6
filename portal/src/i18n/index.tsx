/**
 * The words. English is the measure: its keys are the type, and the other catalogs are held to them by a
 * test. A catalog is loaded when its language is spoken.
 */
import i18next from 'i18next';
import { Fragment, type ReactNode } from 'react';
import { preferences } from '../preferences';
import type en from './en';
import { isolated } from './isolate';

type Counted<Key> = Key extends `${infer Stem}_zero` | `${infer Stem}_one` | `${infer Stem}_other` ? Stem : Key;

/** A message there is. */
export type MessageKey = Counted<keyof typeof en & string>;

/** The words of one language. */
export type Catalog = Record<string, string>;

/** The languages there are. */
export const languages = ['en', 'de', 'ja'] as const;
/** One of them. */
export type Language = (typeof languages)[number];

const catalogs: Record<Language, () => Promise<{ default: Catalog }>> = {
  en: () => import('./en'),
  de: () => import('./de'),
  ja: () => import('./ja'),
};

/** The language to speak: the chosen one, else the first that the browser asks for and that there is. */
export function spoken(): Language {
  const { language } = preferences();
  if (language !== 'system') return language;
  const asked = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return languages.find((known) => known === asked.find((tag) => languages.some((one) => one === tag))) ?? 'en';
}

let begin: () => void = () => undefined;
/** Comes once there are words: what is read before that and put into words waits for it. */
export const worded = new Promise<void>((resolve) => {
  begin = resolve;
});

/** Loads the language to speak. */
export async function speak(): Promise<void> {
  const language = spoken();
  const { default: catalog } = await catalogs[language]();
  if (!i18next.isInitialized) {
    await i18next.init({
      lng: language,
      fallbackLng: false,
      keySeparator: false,
      nsSeparator: false,
      interpolation: { escapeValue: false },
      resources: {},
    });
  }
  i18next.addResourceBundle(language, 'translation', catalog);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  begin();
}

/** What stands in a message's places. */
export type Values = Record<string, string | number>;

/** A message. What is put into it turns nothing around it. */
export function t(key: MessageKey, values?: Values): string {
  if (values === undefined) return i18next.t(key);
  const told: Values = {};
  for (const [name, value] of Object.entries(values)) told[name] = typeof value === 'string' ? isolated(value) : value;
  return i18next.t(key, told);
}

/** A message by a key that is made up of parts, where there is one. */
export function tMaybe(key: string): string | undefined {
  return i18next.exists(key) ? i18next.t(key) : undefined;
}

/** The language tag that dates and numbers are written by; English as in the places that write 24 hours. */
export function locale(): string {
  const language = i18next.language ?? 'en';
  return language === 'en' ? 'en-GB' : language;
}

/** A message with parts that are more than text: `{{who}}` stands for `parts.who`. */
export function Say({ of, values, ...parts }: { of: MessageKey; values?: Values } & Record<string, ReactNode | Values>) {
  const marks: Values = {};
  for (const name of Object.keys(parts)) marks[name] = `\u0001${name}\u0001`;
  const pieces = t(of, { ...values, ...marks }).split('\u0001');
  return pieces.map((piece, at) =>
    // Every second piece is a name, so its place is its key.
    <Fragment key={at}>{at % 2 === 0 ? piece : (parts[piece] as ReactNode)}</Fragment>,
  );
}
