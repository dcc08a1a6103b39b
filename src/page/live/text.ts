// The words that a model has written, record by record; a word can be pressed to go back to it.
import { recordOfWords } from '../../domain/maze/verdict/parse.ts';

/** The text in its box. */
export class WrittenText {
  private readonly root: HTMLElement;
  private readonly words: HTMLElement[] = [];
  private readonly texts: string[] = [];
  private shown = 0;

  /** @param chosen called with the number of a word that was pressed, from 1 */
  constructor(root: HTMLElement, chosen: (count: number) => void) {
    this.root = root;
    root.addEventListener('click', (event) => {
      const at = this.words.indexOf(event.target as HTMLElement);
      if (at >= 0) chosen(at + 1);
    });
  }

  /** No words. */
  clear(): void {
    this.words.length = 0;
    this.texts.length = 0;
    this.shown = 0;
    this.root.replaceChildren();
  }

  /**
   * Adds a word.
   * @param isGiven put there instead of written
   */
  add(word: string, isGiven: boolean): void {
    const element = document.createElement('span');
    element.textContent = word;
    if (isGiven) element.className = 'given';
    const last = this.root.lastElementChild;
    if (last === null || beginsRecord(word)) {
      const record = document.createElement('span');
      record.className = 'record';
      record.append(element);
      this.root.append(record, ' ');
    } else last.append(' ', element);
    if (this.shown === this.words.length) this.shown += 1;
    else element.classList.add('later');
    this.words.push(element);
    this.texts.push(word);
  }

  /** Dims the words behind the first `count` of them. */
  show(count: number): void {
    const [from, to] = [Math.min(count, this.shown), Math.max(count, this.shown)];
    for (let i = from; i < to; i++) this.words[i].classList.toggle('later', i >= count);
    this.shown = count;
  }

  /**
   * Marks the record that breaks a rule first.
   * @param record as verdicts count them; -1 for none; one behind the last: the end of the trace
   */
  markBroken(record: number, words: string): void {
    for (const marked of this.root.querySelectorAll('.broken')) {
      marked.classList.remove('broken');
      marked.removeAttribute('title');
    }
    if (record < 0) return;
    const records = recordOfWords(this.texts);
    const at = records.indexOf(record);
    const end = this.texts.indexOf('solution');
    const element = this.words.at(at >= 0 && (end < 0 || at < end) ? at : end)?.parentElement;
    element?.classList.add('broken');
    element?.setAttribute('title', words);
  }

  /** Keeps the newest word in sight. */
  follow(): void {
    this.root.scrollTop = this.root.scrollHeight;
  }
}

function beginsRecord(word: string): boolean {
  return ['create', 'close', 'plan', 'solution', 'end'].includes(word);
}
