import type { Engine } from '@dayfold/runtime';
import { Gauge, Registry } from 'prom-client';

/** The daemon's state in Prometheus' text format, read anew for each scrape. */
export async function metricsOf(engine: Engine): Promise<{ readonly text: string; readonly contentType: string }> {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const status = await engine.status();
  const readings = gauge('dayfold_source_readings', 'Readings taken since the start', ['source']);
  const running = gauge('dayfold_source_running', '1 while the source runs', ['source', 'state']);
  const misfits = gauge('dayfold_source_misfits', 'Input that did not fit, since the start', ['source']);
  for (const source of status.sources) {
    readings.set({ source: source.name }, source.readings);
    running.set({ source: source.name, state: source.state }, source.state === 'running' ? 1 : 0);
    misfits.set(
      { source: source.name },
      source.misfits.reduce((sum, { count }) => sum + count, 0),
    );
  }
  const outbox = gauge('dayfold_outbox_attribute_days', 'Attribute-days waiting for Exist', ['account']);
  const used = gauge('dayfold_exist_requests_last_hour', 'Requests to Exist in the last hour', ['account']);
  for (const account of status.accounts) {
    outbox.set({ account: account.name }, account.outbox);
    used.set({ account: account.name }, account.usedLastHour);
  }
  gauge('dayfold_problems', 'Open problems').set(status.problems.length);
  gauge('process_resident_memory_bytes', 'Resident memory').set(process.memoryUsage.rss());
  return { text: await registry.metrics(), contentType: registry.contentType };
}
