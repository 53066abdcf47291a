import Table from 'cli-table3';
import type { Comparison } from './compare.ts';

/** A comparison as text. */
export function table({ workload: { task, network, batch, size, threads }, measured }: Comparison): string {
  const rows = new Table({ head: ['system', 'median ms', 'best ms', 'times as long', ''], style: { head: [] } });
  for (const { system, about, absent, medianMs, bestMs, ratio } of measured)
    rows.push(
      absent !== undefined
        ? [system, '', '', '', `absent: ${absent}`]
        : [system, medianMs?.toFixed(1) ?? '', bestMs?.toFixed(1) ?? '', ratio?.toFixed(2) ?? '', about],
    );
  return `${task} ${network}, ${batch} x ${size}x${size}, ${threads} thread(s)\n${rows.toString()}`;
}
