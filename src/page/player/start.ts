// Starts the players of a page.
import { partOf } from './parts.ts';
import { startPlayer } from './player.ts';

/** Players begin at once, or where they have a button for it, when that is pressed: a report holds many. */
export function startPlayers(): void {
  for (const root of document.querySelectorAll<HTMLElement>('.player')) {
    const begin = root.querySelector<HTMLElement>('[data-part="begin"]');
    if (begin === null) {
      startPlayer(root);
      continue;
    }
    begin.hidden = false;
    begin.addEventListener('click', () => {
      begin.hidden = true;
      startPlayer(root);
      partOf(root, 'play').focus();
    });
  }
}
