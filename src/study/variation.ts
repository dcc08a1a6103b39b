// Studies that differ from one file in some settings: the file is read once, and what many of them share is checked
// once. A section is parsed again only if it has settings that no study before it had.
import { canonicalJson, shareJson } from '../base/hash.ts';
import { Remembered } from '../base/remembered.ts';
import { domainModule } from '../data/domain-module.ts';
import type { DomainModule } from '../data/domain-module.ts';
import { plain } from '../work/task.ts';
import { applySetting, checked, parseText, plainValue, readConfig, withHashes } from './config-file.ts';
import type { LoadedConfig } from './config-file.ts';
import { isRecord } from './config-issues.ts';
import { ConfigPlaces } from './config-places.ts';
import { checkSizes } from './config-checks.ts';
import { resolveStudy, SECTIONS } from './config.ts';
import type { GivenStudy, StudyConfig } from './config.ts';

/** Values by dotted key, and where they are set, for errors. */
export interface Variation {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly place: (key: string) => string;
}

/**
 * Reads a study once, to be checked with other settings again and again. Throws as loadConfig.
 * @returns the study with these settings; null leaves a key or section out
 */
export async function loadVariable(path: string): Promise<(variation: Variation) => LoadedConfig> {
  const text = await readConfig(path, []);
  const { document, lines } = parseText(text, path);
  const file = plainValue(document, lines, path);
  const parser = new SharingParser(domainModule());
  return ({ settings, place }) => {
    const value = isRecord(file) ? { ...file } : file;
    const given = new Map<string, string>();
    for (const [key, each] of Object.entries(settings)) {
      copySection(value, key);
      applySetting(value, key, each, key, given);
    }
    // Places are only looked for if something is refused.
    let places: ConfigPlaces | undefined;
    const placesOf = (): ConfigPlaces => {
      const options = new Map([...given.keys()].map((key) => [key, place(key)] as const));
      places ??= new ConfigPlaces(path, document, lines, options);
      return places;
    };
    const where = (...keys: string[]): string => placesOf().of(...keys);
    const config = parser.parse(value, where);
    return config === undefined ? checked(value, placesOf(), path) : { config, source: path, where };
  };
}

/** Sections of a file are shared: one that is changed is copied first. */
function copySection(value: unknown, key: string): void {
  const [section, inner] = key.split('.') as [string, string | undefined];
  if (inner !== undefined && isRecord(value) && isRecord(value[section])) value[section] = { ...value[section] };
}

const KEYS = Object.keys(SECTIONS);

/** Parses studies; equal sections of any two of them are one frozen value. */
class SharingParser {
  private readonly module: DomainModule | undefined;
  private readonly sections = new Map<string, ParsedSections>(
    KEYS.map((key) => [key, new ParsedSections(SECTIONS[key])]),
  );
  private readonly resolved = new Map<string, Remembered>();
  private readonly checked = new Remembered();

  constructor(module: DomainModule | undefined) {
    this.module = module;
  }

  /** @returns undefined for a value that is refused; why is left to the parser of single studies */
  parse(value: unknown, where: LoadedConfig['where']): StudyConfig | undefined {
    if (!isRecord(value)) return undefined;
    for (const key of Object.keys(value)) if (!Object.hasOwn(SECTIONS, key)) return undefined;
    const given: Record<string, unknown> = {};
    for (const key of KEYS) {
      const section = this.sections.get(key)?.parse(value[key]);
      if (section === undefined) return undefined;
      if (section.value !== undefined) given[key] = section.value;
    }
    const config = resolveStudy(given as GivenStudy, this.module, (name, from, compute) =>
      this.once(name, from, compute),
    );
    const { data, model, evaluate, seeds, conditions, phase, own_traces } = config;
    if (own_traces === undefined) {
      this.checked.of([data, model, evaluate, seeds, conditions, phase], () => {
        checkSizes(config, where);
        return true;
      });
      return config;
    }
    checkSizes(config, where);
    const hashed = this.once('hashes', [canonicalJson(own_traces)], () => withHashes(config, where).own_traces);
    return { ...config, own_traces: hashed };
  }

  private once<T>(name: string, from: readonly unknown[], compute: () => T): T {
    const remembered = this.resolved.get(name) ?? new Remembered();
    this.resolved.set(name, remembered);
    return remembered.of(from, () => {
      const value = compute();
      return typeof value === 'object' && value !== null ? (shareJson(plain(value) as object) as T) : value;
    });
  }
}

/** What the schema makes of a section. */
class ParsedSections {
  private readonly schema: (typeof SECTIONS)[string];
  /** Sections of the file itself are the same value in many studies. */
  private readonly byValue = new Map<unknown, { readonly value: unknown } | undefined>();
  private readonly byText = new Map<string, { readonly value: unknown } | undefined>();

  constructor(schema: (typeof SECTIONS)[string]) {
    this.schema = schema;
  }

  /** @returns undefined if the schema refuses it */
  parse(given: unknown): { readonly value: unknown } | undefined {
    if (this.byValue.has(given)) return this.byValue.get(given);
    const text = String(JSON.stringify(given));
    if (!this.byText.has(text)) {
      const { success, data } = this.schema.safeParse(given);
      this.byText.set(text, success ? { value: data } : undefined);
    }
    const parsed = this.byText.get(text);
    this.byValue.set(given, parsed);
    return parsed;
  }
}
