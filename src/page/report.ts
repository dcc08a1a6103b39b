// What runs in the page of a report.
import { startFigures } from './figure/figures.ts';
import { startLive } from './live/start.ts';
import { startPlayers } from './player/start.ts';
import { startTables } from './figure/tables.ts';

startPlayers();
startFigures();
startTables();
startLive();
