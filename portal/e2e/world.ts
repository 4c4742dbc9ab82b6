/** The real program with the demonstration's company: one for each test that asks, on a port of its own. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, test as base, type Browser, type BrowserContext, type Cookie, type LaunchOptions, type Page } from '@playwright/test';

const binary = process.env.EPHOR_BINARY ?? join(import.meta.dirname, '../../target/debug/ephor');

/** Who works at the company, by the name before the `@`. */
export type Who = 'admin' | 'ada' | 'ben' | 'chloe' | 'daniel' | 'elif' | 'farah' | 'grace' | 'hugo' | 'iris';

/** Where a page is looked at. */
export interface Look {
  theme?: 'light' | 'dark' | 'contrast';
  width?: number;
  height?: number;
  language?: string;
}

/** What the demonstration prints first. */
interface Told {
  url: string;
  people: { userPrincipalName: string; password: string }[];
}

/** Where the company lies that each test is given a copy of. */
const PATTERN = 'EPHOR_PORTAL_PATTERN';

/** Serves what is in a directory, or a company that is made there. */
async function served(data: string): Promise<[Told, ChildProcess]> {
  const child = spawn(binary, ['demo', '--data', data, '--listen', '127.0.0.1:0', '--output', 'json', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const told = await new Promise<Told>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (said.includes('\n')) resolve(JSON.parse(said.slice(0, said.indexOf('\n'))) as Told);
    });
    child.on('exit', (code) => reject(new Error(`${binary} ended with ${code}`)));
  });
  return [told, child];
}

/** The served company. */
export class World {
  readonly url: string;
  private readonly data: string;
  private readonly child: ChildProcess;
  private readonly tokens = new Map<Who, string>();
  private readonly contexts: BrowserContext[] = [];
  private readonly groups = new Map<string, string>();
  private readonly cookies = new Map<Who, Cookie[]>();
  private readonly passwords: ReadonlyMap<string, string>;

  private constructor(told: Told, data: string, child: ChildProcess, signedIn: Record<string, Cookie[]>) {
    this.url = told.url;
    this.passwords = new Map(told.people.map((person) => [person.userPrincipalName, person.password]));
    this.data = data;
    this.child = child;
    for (const [who, cookies] of Object.entries(signedIn)) this.cookies.set(who as Who, cookies);
  }

  /** A company of its own: a copy of the one that was made for all tests, with everybody signed in already. */
  static async start(): Promise<World> {
    const data = mkdtempSync(join(tmpdir(), 'ephor-portal-'));
    const pattern = process.env[PATTERN];
    if (pattern === undefined) throw new Error('no company was made before the tests');
    cpSync(join(pattern, 'data'), data, { recursive: true });
    const [told, child] = await served(data);
    return new World(told, data, child, JSON.parse(readFileSync(join(pattern, 'signed-in.json'), 'utf8')) as Record<string, Cookie[]>);
  }

  /** Makes the company that each test is given a copy of, and signs everybody in: once for all tests. */
  static async makePattern(launchOptions: LaunchOptions): Promise<() => void> {
    const pattern = mkdtempSync(join(tmpdir(), 'ephor-portal-pattern-'));
    const data = join(pattern, 'data');
    const [told, child] = await served(data);
    const world = new World(told, data, child, {});
    const browser = await chromium.launch(launchOptions);
    const each = told.people.map(async ({ userPrincipalName }) => {
      const who = userPrincipalName.split('@')[0] as Who;
      const context = await browser.newContext({ baseURL: world.url });
      await world.signIn(context, who);
      await context.close();
    });
    await Promise.all(each);
    await browser.close();
    writeFileSync(join(pattern, 'signed-in.json'), JSON.stringify(Object.fromEntries(world.cookies)));
    await world.end();
    process.env[PATTERN] = pattern;
    return () => rmSync(pattern, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    for (const context of this.contexts) await context.close().catch(() => undefined);
    await this.end();
    rmSync(this.data, { recursive: true, force: true });
  }

  private async end(): Promise<void> {
    await new Promise((resolve) => {
      this.child.once('exit', resolve);
      this.child.kill('SIGTERM');
    });
  }

  /** An access token, from the operator. Good for an hour by the clock: asked anew when that is moved. */
  token(who: Who): string {
    const known = this.tokens.get(who);
    if (known !== undefined) return known;
    const token = execFileSync(binary, ['token', '--data', this.data, '--user', `${who}@contoso.example`, '--mfa', '--quiet'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
    this.tokens.set(who, token);
    return token;
  }

  async api<T>(who: Who, path: string, body?: unknown): Promise<T> {
    return this.send(who, body === undefined ? 'GET' : 'POST', path, body);
  }

  async change(who: Who, path: string, body: unknown): Promise<void> {
    await this.send(who, 'PATCH', path, body);
  }

  private async send<T>(who: Who, method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token(who)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** A group's id by its name. */
  async group(name: string): Promise<string> {
    if (this.groups.size === 0) {
      const { value } = await this.api<{ value: { id: string; displayName: string }[] }>('admin', '/v1.0/groups?$top=100');
      for (const one of value) this.groups.set(one.displayName, one.id);
    }
    const id = this.groups.get(name);
    if (id === undefined) throw new Error(`no group is called ${name}`);
    return id;
  }

  /** A directory role's id by its name. */
  async directoryRole(name: string): Promise<string> {
    const { value } = await this.api<{ value: { id: string; displayName: string }[] }>('admin', '/v1.0/roleManagement/directory/roleDefinitions');
    const id = value.find((one) => one.displayName === name)?.id;
    if (id === undefined) throw new Error(`no directory role is called ${name}`);
    return id;
  }

  /** A unit with somebody in it. */
  async unit(displayName: string, description: string, who: Who): Promise<string> {
    const { id } = await this.api<{ id: string }>('admin', '/v1.0/directory/administrativeUnits', { displayName, description });
    const { id: member } = await this.api<{ id: string }>('admin', `/v1.0/users/${this.upn(who)}`);
    await this.api('admin', `/v1.0/directory/administrativeUnits/${id}/members/$ref`, { '@odata.id': `https://graph.microsoft.com/v1.0/users/${member}` });
    return id;
  }

  /** Makes somebody eligible for a directory role over something. */
  async eligible(who: Who, role: string, directoryScopeId: string): Promise<void> {
    const { id: principalId } = await this.api<{ id: string }>('admin', `/v1.0/users/${this.upn(who)}`);
    const asked = { action: 'adminAssign', principalId, roleDefinitionId: await this.directoryRole(role), directoryScopeId, justification: 'On call this month', scheduleInfo: { expiration: { type: 'afterDuration', duration: 'P30D' } } };
    await this.api('admin', '/v1.0/roleManagement/directory/roleEligibilityScheduleRequests', asked);
  }

  async activateRole(who: Who, role: string, directoryScopeId: string, justification: string): Promise<string> {
    const asked = { roleDefinitionId: await this.directoryRole(role), directoryScopeId, justification, scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT2H' } } };
    const { value } = await this.api<{ value: { request: { id: string } | null }[] }>(who, '/ephor/v1/activations', { activations: [asked] });
    const id = value[0]?.request?.id;
    if (id === undefined) throw new Error(JSON.stringify(value));
    return id;
  }

  async activate(who: Who, group: string, why: string, duration = 'PT2H'): Promise<string> {
    const asked = { groupId: await this.group(group), accessId: 'member', justification: why, scheduleInfo: { expiration: { type: 'afterDuration', duration } } };
    const { value } = await this.api<{ value: { request: { id: string } | null; error: unknown }[] }>(who, '/ephor/v1/activations', { activations: [asked] });
    // The company has requests of its own that wait.
    const id = value[0]?.request?.id ?? /PendingRoleAssignmentRequest.*?([0-9a-f]{8}-[0-9a-f-]{27})/.exec(JSON.stringify(value))?.[1];
    if (id === undefined) throw new Error(JSON.stringify(value));
    return id;
  }

  /** Approves, or denies. */
  async decide(who: Who, id: string, reviewResult: 'Approve' | 'Deny', justification: string): Promise<void> {
    await this.send(who, 'PATCH', `/v1.0/identityGovernance/privilegedAccess/group/assignmentApprovals/${id}/stages/${id}`, { reviewResult, justification });
  }

  async advance(by: string): Promise<void> {
    const response = await fetch(`${this.url}/demo/clock`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ advance: by }) });
    if (!response.ok) throw new Error(await response.text());
    this.tokens.clear();
  }

  /** The name somebody signs in by. */
  upn(who: Who): string {
    return `${who}@contoso.example`;
  }

  password(who: Who): string {
    return this.passwords.get(this.upn(who)) ?? '';
  }

  /** Signs somebody in on the page that a demonstration offers, and keeps the cookies for their next browsers. */
  private async signIn(context: BrowserContext, who: Who): Promise<void> {
    const known = this.cookies.get(who);
    if (known !== undefined) return context.addCookies(known);
    const page = await context.newPage();
    await page.goto('/sign-in?return_to=%2Fsign-in%2Fsessions');
    await page.locator(`button[value="${this.upn(who)}"]`).click();
    await page.getByRole('heading', { name: 'My sessions' }).waitFor();
    await page.close();
    this.cookies.set(who, await context.cookies());
  }

  /** A browser in which nobody is signed in. */
  async stranger(browser: Browser, look: Look = {}): Promise<Page> {
    return this.open(browser, look);
  }

  /**
   * A browser of somebody's own, signed in. Nothing may break the content security policy, and no script
   * may fail: either fails the test.
   */
  async browser(browser: Browser, who: Who, look: Look = {}): Promise<Page> {
    return this.open(browser, look, who);
  }

  private async open(browser: Browser, look: Look, who?: Who): Promise<Page> {
    const width = look.width ?? 1440;
    const context = await browser.newContext({
      viewport: { width, height: look.height ?? (width < 640 ? 844 : 900) },
      colorScheme: look.theme === 'dark' ? 'dark' : 'light',
      locale: look.language ?? 'en-GB',
      hasTouch: width < 640,
      reducedMotion: 'reduce',
      baseURL: this.url,
    });
    if (look.theme === 'contrast') await context.addInitScript(() => localStorage.setItem('ephor.preferences', '{"theme":"contrast"}'));
    this.contexts.push(context);
    if (who !== undefined) await this.signIn(context, who);
    const page = await context.newPage();
    page.on('pageerror', (error) => {
      throw error;
    });
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) throw new Error(message.text());
    });
    return page;
  }
}

/** Tests that are given a world of their own, or share one with others that only look. */
export const test = base.extend<{ world: World }, { shared: World }>({
  world: async ({}, use) => {
    const world = await World.start();
    await use(world);
    await world.stop();
  },
  shared: [
    async ({}, use) => {
      const world = await World.start();
      await use(world);
      await world.stop();
    },
    { scope: 'worker' },
  ],
});

export { expect } from '@playwright/test';
