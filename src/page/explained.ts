// What runs in the page of `tracelab explain --html`: its player, which owns the keys of the page.
import { startPlayers } from './player/start.ts';

startPlayers();
