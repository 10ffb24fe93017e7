/** What a measurement took of the machine: CPU by process, and what the database servers counted. It says where a slower round lost its time. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { NodePools } from '@ordo/sharding';

/** USER_HZ of every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const COUNTERS = ['Com_commit', 'Com_select', 'Questions', 'Innodb_data_fsyncs', 'Innodb_row_lock_waits'];
const SERVERS = ['mariadbd', 'mysqld', 'beam.smp', 'redis-server'];

/** Per second: cores by program (`cpu …`), and counts over all database servers. */
export type Use = Readonly<Record<string, number>>;

export class MachineUse {
  private readonly pools: NodePools;

  constructor(environment: NodeJS.ProcessEnv) {
    this.pools = new NodePools((environment['ORDO_MYSQL_NODES'] ?? '').split(','), { connectionLimit: 1 });
  }

  async start(): Promise<{ stop(): Promise<Use> }> {
    const [before, beganMs] = [await this.totals(), performance.now()];
    return {
      stop: async () => {
        const seconds = (performance.now() - beganMs) / 1_000;
        return perSecond(before, await this.totals(), seconds);
      },
    };
  }

  close(): Promise<void> {
    return this.pools.close();
  }

  private async totals(): Promise<Use> {
    const totals: Record<string, number> = {};
    const add = (name: string, value: number): void => {
      totals[name] = (totals[name] ?? 0) + value;
    };
    for (const { program, seconds } of processes()) add(`cpu ${program}`, seconds);
    const names = COUNTERS.map((name) => `'${name}'`).join(',');
    const sql = `SHOW GLOBAL STATUS WHERE Variable_name IN (${names})`;
    for (const pool of this.pools.all) {
      const rows = await pool.query<{ Variable_name: string; Value: string }[]>(sql);
      for (const row of rows) add(row.Variable_name, Number(row.Value));
    }
    return totals;
  }
}

function perSecond(before: Use, after: Use, seconds: number): Use {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, value]) => [name, Math.round(((value - (before[name] ?? 0)) / seconds) * 100) / 100] as const)
      .filter(([, value]) => value > 0),
  );
}

function processes(): { readonly program: string; readonly seconds: number }[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const command = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // utime and stime: the 14th and 15th field of proc(5).
        const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
        const program = SERVERS.includes(command) ? command : programOf(pid);
        return [{ program: `${program}${coresOf(pid)}`, seconds }];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

const CORES = `0-${cpus().length - 1}`;

/** Where a program is held, if it may not run anywhere. */
function coresOf(pid: string): string {
  const cores = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? CORES;
  return cores === CORES ? '' : ` @${cores}`;
}

/** Our programs by their files; everything else is one. */
function programOf(pid: string): string {
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const program = command.find((part) => /(^|\/)dist\/.*\.js$/.test(part));
  if (program === undefined) return 'others';
  const role = /(?:^|\0)ORDO_ROLES=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1] ?? '';
  return `${/dist\/(?:apps\/)?(.*?)(?:\/src\/main)?\.js$/.exec(program)?.[1] ?? program} ${role}`.trim();
}
