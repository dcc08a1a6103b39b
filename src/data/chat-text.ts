// Prompts of a chat as one text, after the template of a model: what TRL logs of conversational data. The markers of
// the template may be left out, then the names of the roles remain.

/** What comes before the turn of a user: `<|im_start|>user`, `[INST]`, `user`. */
const USER = /(?:\buser(?:<[^<>\s]*>|\|?>)?|\[INST\])\s*$/i;
/** What comes behind it, one at a time. */
const BEHIND = /(?:<[^<>\s]*>|\[\/INST\]|(?<=[\s>])(?:assistant|model))$/i;
/** Letters of a template before or behind a prompt that are looked at. */
const LOOK = 200;

/**
 * The turn of the user that is a prompt of a maze.
 * @returns undefined where the text is no chat
 */
export function promptOfChat(text: string): { readonly begin: number; readonly end: number } | undefined {
  for (const { index, 0: words } of text.matchAll(/(?:\bquery\s+)?\bstart\s+\d+\s+\d+\s+goal\s/g)) {
    if (index === 0 || !USER.test(text.slice(Math.max(0, index - LOOK), index))) continue;
    const least = index + words.length;
    let end = text.trimEnd().length;
    for (let marker = BEHIND.exec(text.slice(Math.max(least, end - LOOK), end)); marker !== null;) {
      end = text.slice(0, end - marker[0].length).trimEnd().length;
      marker = BEHIND.exec(text.slice(Math.max(least, end - LOOK), end));
    }
    return { begin: index, end };
  }
  return undefined;
}
