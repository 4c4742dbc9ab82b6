/**
 * How the portal talks to the API: one request, one answer or one refusal in the server's words.
 * Reads of Graph that fall into the same moment go together as one batch.
 */
import { answered, send, turnedAway } from '../session';

/** One rule that was not kept, or one thing that was wrong. */
export interface Detail {
  code: string;
  message: string;
  target?: string | null;
}

/** The server said no, in its words. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Detail[];
  readonly requestId: string | undefined;

  constructor(status: number, code: string, message: string, details: Detail[] = [], requestId?: string) {
    super(message);
    this.name = 'Refused';
    this.status = status;
    this.code = code;
    this.details = details;
    this.requestId = requestId;
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('no answer', { cause });
    this.name = 'Unreachable';
  }
}

/** Graph's error envelope. */
export interface ErrorBody {
  error?: {
    code?: string;
    message?: string;
    details?: Detail[];
    innerError?: Record<string, string | undefined>;
  };
}

/** What Graph's error envelope says, as a refusal. */
export function refusal(status: number, body: unknown): Refused {
  const error = (body as ErrorBody | null)?.error;
  return new Refused(
    status,
    error?.code ?? 'unknown',
    error?.message ?? `HTTP ${status}`,
    error?.details ?? [],
    error?.innerError?.['request-id'],
  );
}

/** What a refusal is called where somebody must show afresh who they are (RFC 9470). */
export const STEP_UP = 'insufficient_user_authentication';

const never = () => new Promise<never>(() => undefined);

async function sent(path: string, init?: RequestInit): Promise<Response> {
  try {
    return await send(path, init);
  } catch (cause) {
    throw new Unreachable(cause);
  }
}

async function body(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const text = await response.text();
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await sent(path, init);
  const said = await body(response);
  if (response.ok) {
    answered();
    return said as T;
  }
  const refused = refusal(response.status, said);
  if (response.status !== 401) throw refused;
  if (response.headers.get('www-authenticate')?.includes(STEP_UP) === true) {
    throw new Refused(401, STEP_UP, refused.message, refused.details, refused.requestId);
  }
  // The page is about to be left: nothing more need be drawn.
  if (turnedAway()) return never();
  throw refused;
}

const json = (method: string, value: unknown): RequestInit => ({
  method,
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

/** Reads. */
export const get = <T>(path: string) => call<T>(path);
/** Does. */
export const post = <T>(path: string, value: unknown) => call<T>(path, json('POST', value));
/** Does what takes no body. */
export const act = <T>(path: string) => call<T>(path, { method: 'POST' });
/** Changes. */
export const patch = <T>(path: string, value: unknown) => call<T>(path, json('PATCH', value));
/** Replaces. */
export const put = <T>(path: string, value: unknown) => call<T>(path, json('PUT', value));
/** Takes away. */
export const remove = <T>(path: string) => call<T>(path, { method: 'DELETE' });

/** A page of a list. */
export interface Page<T> {
  value: T[];
  '@odata.nextLink'?: string;
  '@odata.count'?: number;
}

/** A link that the server gave, as a path of this origin: it may know itself by another name. */
export function here(link: string): string {
  const url = new URL(link, location.origin);
  return url.pathname + url.search;
}

/** A list to its end, or to `most` rows. */
export async function all<T>(path: string, most = 5_000): Promise<T[]> {
  const rows: T[] = [];
  let next: string | undefined = path;
  while (next !== undefined && rows.length < most) {
    const page: Page<T> = await get<Page<T>>(next);
    rows.push(...page.value);
    const link = page['@odata.nextLink'];
    next = link === undefined ? undefined : here(link);
  }
  return rows;
}

/** The text of a string inside an OData filter. */
export const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Query options as an address has them. */
export function query(options: Record<string, string | number | boolean | undefined>): string {
  const parts = Object.entries(options)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

interface Waiting {
  path: string;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

const BATCH = 20;
let waiting: Waiting[] = [];

/** Reads below `/v1.0`, together with whatever else is read in the same moment. */
export function together<T>(path: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (waiting.length === 0) setTimeout(flush, 4);
    waiting.push({ path, resolve: resolve as (value: unknown) => void, reject });
  });
}

function flush(): void {
  const all = waiting;
  waiting = [];
  for (let at = 0; at < all.length; at += BATCH) void run(all.slice(at, at + BATCH));
}

async function run(part: Waiting[]): Promise<void> {
  const [only] = part;
  try {
    if (only !== undefined && part.length === 1) {
      only.resolve(await get(`/v1.0${only.path}`));
      return;
    }
    const asked = { requests: part.map(({ path }, id) => ({ id: String(id), method: 'GET', url: path })) };
    const told = await post<{ responses: { id: string; status: number; body: unknown }[] }>('/v1.0/$batch', asked);
    const byId = new Map(told.responses.map((one) => [one.id, one]));
    part.forEach((one, id) => {
      const answer = byId.get(String(id));
      if (answer !== undefined && answer.status < 400) one.resolve(answer.body);
      else one.reject(refusal(answer?.status ?? 500, answer?.body));
    });
  } catch (error) {
    for (const one of part) one.reject(error);
  }
}
