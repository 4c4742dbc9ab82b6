/**
 * Text from people stays in its place: whichever way it is written, what stands beside it keeps its order, so that
 * no name can turn a sentence around or make itself part of it (T-44).
 */

/** Letters that are written from right to left, and marks that say which way to write. */
const TURNS = /[\u0590-\u08ff\u200f\u061c\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** Embeddings and overrides: they outlast the text they are in, and no name needs them. */
const FORCES = /[\u202a-\u202e]/g;
const FIRST_STRONG = '\u2068';
const END = '\u2069';

/** Without marks that reach out of the text: an isolate that it opens is closed in it, and it closes no other. */
export function closed(text: string): string {
  let open = 0;
  let kept = '';
  for (const letter of text.replace(FORCES, '')) {
    if (letter >= '\u2066' && letter <= FIRST_STRONG) open += 1;
    else if (letter === END && open === 0) continue;
    else if (letter === END) open -= 1;
    kept += letter;
  }
  return kept + END.repeat(open);
}

/** As it is put into a sentence: isolated, where it could turn what stands beside it. */
export function isolated(text: string): string {
  const kept = closed(text);
  return TURNS.test(kept) ? FIRST_STRONG + kept + END : kept;
}
