// Runs a command and shows what it printed only if it fails: `node quietly.mjs MESSAGE COMMAND ARG…`
import { spawnSync } from 'node:child_process';

const [message, command = '', ...args] = process.argv.slice(2);
if (process.stderr.isTTY) process.stderr.write(`${message}\r`);
const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', shell: process.platform === 'win32' });
if (process.stderr.isTTY) process.stderr.write(`${' '.repeat(message.length)}\r`);
if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
process.exit(status ?? 1);
