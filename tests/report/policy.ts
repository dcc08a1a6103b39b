// The content policy of a page, and what it speaks of.
import { createHash } from 'node:crypto';

/** The texts of a page's own scripts or style sheets, in order. */
export function contents(markup: string, name: 'script' | 'style'): string[] {
  return [...markup.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map(([, text]) => text);
}

/** As a policy names a text. */
export function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Sources by directive. */
export function policyOf(markup: string): Record<string, string[]> {
  const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(markup)?.[1] ?? '';
  return Object.fromEntries(
    policy.split('; ').map((directive) => {
      const [name, ...sources] = directive.split(' ');
      return [name, sources];
    }),
  );
}

/** A page without the numbers of its figures, which are blocks of JSON and never run. */
export function withoutData(markup: string): string {
  return markup.replace(/<script type="application\/json" class="figure-data">[^<]*<\/script>/g, '');
}
