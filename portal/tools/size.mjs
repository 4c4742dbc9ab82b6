// Holds the first load of My roles to its budget: every script that the browser fetches before it is drawn.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = 250 * 1000;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

const seen = new Set();
function add(key) {
  const entry = manifest[key];
  if (entry === undefined || seen.has(entry.file)) return;
  seen.add(entry.file);
  for (const next of entry.imports ?? []) add(next);
}
add('index.html');
add('src/features/roles/MyRoles.tsx');
add('src/i18n/en.ts');

let sum = 0;
for (const file of seen) {
  const size = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
  sum += size;
  console.log(`${(size / 1000).toFixed(1).padStart(8)} kB  ${file}`);
}
console.log(`${(sum / 1000).toFixed(1).padStart(8)} kB  in all, of ${BUDGET / 1000} kB for the first load of My roles`);
if (sum > BUDGET) {
  console.error('over budget: load something later, or leave it out');
  process.exit(1);
}
