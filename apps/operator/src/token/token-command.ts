import type { Command } from 'commander';
import { print } from '../terminal/print.js';
import { signToken } from './sign-token.js';
import { describeToken, type TokenOptions } from './token-claims.js';

/** `token`: a development token on standard output, so that `TOKEN=$(npm run -s ordo -- token --user 7)` holds nothing else. */
export function registerToken(program: Command): void {
  program
    .command('token')
    .description('make a development token, signed with the first key of ORDO_AUTH_KEYS that can sign')
    .option('--user <id>', 'bound to one user')
    .option('--merchant <id>', 'bound to one merchant')
    .option('--service <name>', 'bound to nobody, for one of our own services')
    .option('--grants <names>', 'comma-separated, instead of the usual ones')
    .option('--roles <codes>', 'comma-separated roles that a service may act as')
    .option('--ttl <span>', 'how long it is good: 90s, 15m, 1h, 7d', '1h')
    .action(async (options: TokenOptions) => print(await signToken(describeToken(options))));
}
