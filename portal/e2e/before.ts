/** Before all tests: the company that each of them is given a copy of. */
import type { FullConfig } from '@playwright/test';
import { World } from './world';

export default async function before(config: FullConfig): Promise<() => void> {
  return World.makePattern(config.projects[0]?.use.launchOptions ?? {});
}
