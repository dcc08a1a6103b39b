import { PostgresServer } from '/work/main/tests/fleet/postgres-server.ts';
const server = await PostgresServer.start();
console.log(server.url);
process.on('SIGTERM', async () => { await server.stop(); process.exit(0); });
setInterval(() => {}, 1e6);
