// What runs in the page of `tracelab dashboard`.
import { startDashboard } from './dashboard/start.ts';

startDashboard();
