import { stat } from 'node:fs/promises';
import { RequestFault } from '../request-fault.ts';
import type { ModelFacts } from '../worker/protocol.ts';
import type { ModelHost } from './model-host.ts';
import { byVersion, ConfigError, type ModelSpec } from './model-spec.ts';

export type ModelState = 'READY' | 'LOADING' | 'UNAVAILABLE';

/** One version of one network, whether it is loaded or not. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  readonly state: ModelState;
  /** Why it is not there; empty if it is. */
  readonly reason: string;
  /** Loaded if it is not, and then used last of all. What loads takes tasks already. @throws RequestFault if it was unloaded. */
  host(): ModelHost;
  /** The host, if there is one. */
  readonly current: ModelHost | undefined;
}

export interface RegistryOptions {
  readonly start: (spec: ModelSpec & { readonly version: string }) => ModelHost;
  /** Bytes that all workers may hold; what was used least lately is unloaded beyond that, and loaded again when it is asked for. */
  readonly memoryBytes: number;
  readonly log: (level: 'info' | 'warn' | 'error', facts: object, message: string) => void;
}

/** The networks that are served, by name and version. */
export interface Registry {
  /** All, by name, latest version last. */
  readonly models: readonly ServedModel[];
  /** @param version the latest if it is not said. @throws RequestFault (404) naming those that there are */
  find(name: string | undefined, version?: string): ServedModel;
  /**
   * Serves these and no others. What is new is loaded, what changed is loaded anew beside the old one, which answers until then and
   * finishes what it has; what is no longer there finishes, too. What cannot be loaded leaves the old one.
   *
   * @returns those that could not be loaded, and why.
   */
  set(specs: readonly ModelSpec[]): Promise<readonly string[]>;
  /** Loads it (anew), without losing a request. @throws RequestFault if that fails; the old one stays. */
  load(name: string, version?: string): Promise<ModelFacts>;
  /** Finishes what it has, and frees its memory; it is not loaded again by being asked for. */
  unload(name: string, version?: string): Promise<void>;
  /** Of all workers. */
  readonly memoryBytes: number;
  /** Takes nothing more, and finishes. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

interface Entry {
  spec: ModelSpec & { readonly version: string };
  /** Of the file that was loaded: another means that it changed. */
  signature: string;
  host: ModelHost | undefined;
  lastUsed: number;
  /** Held when it was loaded before; what to make room for. */
  bytes: number;
  /** Why it cannot be had, and until when nobody tries again. */
  fault: string;
  retryAt: number;
  /** A client said to unload it. */
  isOff: boolean;
}

const RETRY_MS = 5_000;

export function modelRegistry({ start, memoryBytes, log }: RegistryOptions): Registry {
  const entries = new Map<string, Entry>();
  const leaving = new Set<Promise<void>>();
  let uses = 0;
  let isClosed = false;
  const key = (name: string, version: string): string => `${name}\n${version}`;
  const title = ({ spec: { name, version } }: Entry): string => `${name}, version ${version}`;
  const held = (): number =>
    [...entries.values()].reduce((sum, { host, bytes }) => sum + (host ? Math.max(host.memory.bytes, bytes) : 0), 0);

  /** Lets a host finish, unseen. */
  function dismiss(host: ModelHost): Promise<void> {
    const left = host.drain().finally(() => leaving.delete(left));
    leaving.add(left);
    return left;
  }

  /** Unloads what was used least lately until so many bytes more would fit, but not the one that they are for. */
  function makeRoom(bytes: number, { spec: { name, version } }: Entry): void {
    const others = [...entries]
      .flatMap(([at, entry]) => (at !== key(name, version) && entry.host?.facts ? [entry] : []))
      .sort((a, b) => a.lastUsed - b.lastUsed);
    for (const entry of others) {
      if (held() + bytes <= memoryBytes) return;
      const { host } = entry;
      entry.host = undefined;
      log('info', { model: entry.spec.name, version: entry.spec.version }, 'unloaded: memory is short, and this was used least lately');
      if (host) void dismiss(host);
    }
    if (held() + bytes > memoryBytes)
      log('warn', { heldBytes: held() + bytes, memoryBytes }, 'more memory is held than was allowed: one network needs as much');
  }

  function begin(entry: Entry): ModelHost {
    makeRoom(entry.bytes, entry);
    const host = start(entry.spec);
    host.ready.then(
      () => {
        entry.bytes = host.memory.bytes * host.workers; // the others are still loading
        entry.fault = '';
      },
      () => undefined,
    );
    return host;
  }

  /** The host of an entry, loaded if it is not. */
  function hostOf(entry: Entry): ModelHost {
    if (entry.isOff || isClosed) throw new RequestFault(503, `${title(entry)}: is unloaded.`, { reason: 'closed' });
    entry.lastUsed = ++uses;
    if (entry.host) return entry.host;
    if (Date.now() < entry.retryAt)
      throw new RequestFault(503, `${title(entry)}: cannot be loaded.`, { reason: 'closed', retryAfterSeconds: RETRY_MS / 1000 });
    const host = begin(entry);
    entry.host = host;
    host.ready.then(
      () => makeRoom(0, entry),
      (error: Error) => {
        if (entry.host !== host) return;
        Object.assign(entry, { host: undefined, fault: error.message, retryAt: Date.now() + RETRY_MS });
        log('error', { model: entry.spec.name, version: entry.spec.version, reason: error.message }, 'cannot be loaded');
      },
    );
    return host;
  }

  /** Loads an entry anew beside what answers until then. */
  async function swap(entry: Entry, spec: Entry['spec'] = entry.spec): Promise<ModelFacts> {
    const next: Entry = { ...entry, spec };
    const signature = await signatureOf(spec.source);
    const host = begin(next);
    try {
      const facts = await host.ready;
      const old = entry.host;
      Object.assign(entry, { spec, signature, host, bytes: next.bytes, fault: '', retryAt: 0, isOff: false, lastUsed: ++uses });
      entries.set(key(spec.name, spec.version), entry);
      if (isClosed) await host.close();
      else if (old) void dismiss(old);
      makeRoom(0, entry);
      log(
        'info',
        { model: spec.name, version: spec.version, network: facts.network, backend: facts.backend, notes: facts.notes },
        'loaded',
      );
      return facts;
    } catch (error) {
      await host.close();
      if (!entry.host) entry.fault = (error as Error).message;
      throw error;
    }
  }

  const served = (entry: Entry): ServedModel => ({
    name: entry.spec.name,
    version: entry.spec.version,
    get state() {
      return entry.host?.facts ? 'READY' : entry.host ? 'LOADING' : 'UNAVAILABLE';
    },
    get reason() {
      return entry.host ? '' : entry.fault || (entry.isOff ? 'unloaded' : 'not in memory: loaded when it is asked for');
    },
    host: () => hostOf(entry),
    get current() {
      return entry.host;
    },
  });

  function entryOf(name: string | undefined, version: string | undefined): Entry {
    const all = [...entries.values()];
    const named = name === undefined ? all : all.filter(({ spec }) => spec.name === name);
    const first = new Set(named.map(({ spec }) => spec.name));
    if (first.size > 1) throw new RequestFault(400, `name one of the models, ?model=: ${[...first].join(', ')}.`);
    if (named.length === 0) {
      const names = [...new Set(all.map(({ spec }) => spec.name))].join(', ');
      throw new RequestFault(
        404,
        name === undefined ? 'no model is served.' : `there is no model '${shortened(name)}'; there are: ${names || 'none'}.`,
      );
    }
    const sorted = named.sort((a, b) => byVersion(a.spec.version, b.spec.version));
    const found =
      version === undefined
        ? (sorted.findLast(({ isOff }) => !isOff) ?? sorted.at(-1))
        : sorted.find(({ spec }) => spec.version === version);
    if (!found)
      throw new RequestFault(
        404,
        `${name}: there is no version '${shortened(version ?? '')}'; there are: ${sorted.map(({ spec }) => spec.version).join(', ')}.`,
      );
    return found;
  }

  return {
    get models() {
      return [...entries.values()]
        .sort((a, b) => a.spec.name.localeCompare(b.spec.name, 'en') || byVersion(a.spec.version, b.spec.version))
        .map(served);
    },
    find: (name, version) => served(entryOf(name, version)),
    async set(specs) {
      const wanted = new Map<string, Entry['spec']>();
      for (const spec of specs) {
        const whole = { ...spec, version: spec.version ?? '1' };
        if (wanted.has(key(whole.name, whole.version))) throw new ConfigError(`${whole.name}, version ${whole.version}: is named twice.`);
        wanted.set(key(whole.name, whole.version), whole);
      }
      const faults: string[] = [];
      for (const [name, spec] of wanted) {
        const entry = entries.get(name);
        const isSame = entry && JSON.stringify(entry.spec) === JSON.stringify(spec) && entry.signature === (await signatureOf(spec.source));
        if (isSame) continue;
        const fresh: Entry = entry ?? { spec, signature: '', host: undefined, lastUsed: 0, bytes: 0, fault: '', retryAt: 0, isOff: false };
        // One after the other: each may need what another must give up.
        await swap(fresh, spec).catch((error: Error) => {
          faults.push(error.message);
          log('error', { model: spec.name, version: spec.version, reason: error.message }, 'cannot be loaded');
        });
      }
      for (const [name, entry] of entries) {
        if (wanted.has(name)) continue;
        entries.delete(name);
        log('info', { model: entry.spec.name, version: entry.spec.version }, 'no longer served');
        if (entry.host) void dismiss(entry.host);
      }
      return faults;
    },
    load: async (name, version) => swap(entryOf(name, version)),
    async unload(name, version) {
      const entry = entryOf(name, version);
      const { host } = entry;
      Object.assign(entry, { host: undefined, isOff: true });
      log('info', { model: entry.spec.name, version: entry.spec.version }, 'unloaded');
      if (host) await dismiss(host);
    },
    get memoryBytes() {
      return held();
    },
    async drain() {
      isClosed = true;
      await Promise.all([...[...entries.values()].map(({ host }) => host?.drain()), ...leaving]);
    },
    async close() {
      isClosed = true;
      await Promise.all([...entries.values()].map(({ host }) => host?.close()));
    },
  };
}

const shortened = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name);

/** Changes when a file does; of names and addresses nothing is known. */
async function signatureOf(source: string): Promise<string> {
  const info = await stat(source).catch(() => undefined);
  return info ? `${info.mtimeMs} ${info.size} ${info.ino}` : '';
}
