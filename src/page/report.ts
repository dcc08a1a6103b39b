// What runs in the page of a report.
import { startPlayers } from './player/start.ts';

startPlayers();
