#!/usr/bin/env node
// Entry of the command line: refuses an old Node and a process without room in words, before Node fails without any,
// then hands over to main.ts.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(
    'error[NODE_VERSION] node: tracelab needs a newer Node.js; expected 22.12 or newer, got ' +
      `${process.versions.node} (hint: https://nodejs.org, or \`npm run\` in a clone, which brings its own)\n`,
  );
  process.exitCode = 4;
} else {
  const { surviveFileLimit, shortageOfThisProcess, endOfEscaped } = await import('./last-resort.ts');
  surviveFileLimit();
  process.on('uncaughtException', (error) => {
    process.exit(endOfEscaped(error));
  });
  const refused = shortageOfThisProcess();
  if (refused !== undefined) process.exitCode = refused;
  else {
    const { main } = await import('./main.ts');
    process.exitCode = await main(process.argv.slice(2));
  }
  // Stopped: threads that only measured this machine may still run.
  if ([129, 130, 143].includes(process.exitCode)) process.exit();
}
