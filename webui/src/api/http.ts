import { apiUrl } from './base';

/** An answer that is not 2xx. `status` 0 means that no answer came at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

export type Query = Record<string, string | number | undefined | null>;

let csrfToken: string | undefined;
let onSignedOut: () => void = () => {};

export function setCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/** Called once per answer 401, wherever it came from. */
export function setSignedOutHandler(handler: () => void): void {
  onSignedOut = handler;
}

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function failure(response: Response): Promise<ApiError> {
  let text = `${response.status} ${response.statusText}`.trim();
  try {
    const body: unknown = await response.json();
    if (body && typeof body === 'object' && 'error' in body) text = String(body.error);
  } catch {
    // not JSON: the status line has to do
  }
  const retry = Number(response.headers.get('Retry-After'));
  return new ApiError(response.status, text, Number.isFinite(retry) && retry > 0 ? retry : null);
}

export interface Answer<T> {
  data: T;
  headers: Headers;
}

async function request<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(apiUrl(path), { credentials: 'same-origin', cache: 'no-store', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'The dashboard server does not answer');
  }
  if (!response.ok) {
    if (response.status === 401 && path !== 'auth/login') onSignedOut();
    throw await failure(response);
  }
  return { data: (await response.json()) as T, headers: response.headers };
}

export function getWithHeaders<T>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer<T>> {
  return request<T>(withQuery(path, query), { signal });
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await getWithHeaders<T>(path, query, signal)).data;
}

export async function send<T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (csrfToken) headers['X-CSRF-Token'] = csrfToken;
  return (await request<T>(path, { method, headers, body: JSON.stringify(body ?? {}) })).data;
}
