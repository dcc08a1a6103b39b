// What runs in the page of `tracelab play`.
import { startLive } from './live/start.ts';

startLive();
