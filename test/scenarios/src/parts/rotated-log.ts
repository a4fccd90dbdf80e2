import { appendFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hour, Part, Values } from '../part.ts';

/** A file event comes in real time. */
const STEP_MS = 100;

/** A log of glasses of water, one line each, of which a rotation takes the file away on every other day. */
export class RotatedLog implements Part {
  readonly sources: Readonly<Record<string, unknown>>;
  readonly attributes = { water: { from: 'water.ml', fold: 'sum' } };
  readonly #folder: string;
  readonly #file: string;
  readonly #ml: Record<string, number> = {};

  constructor(folder: string) {
    this.#folder = join(folder, 'water');
    this.#file = join(this.#folder, 'glasses.jsonl');
    this.sources = { water: { plugin: 'file', path: this.#file, series: { ml: { time: 'at', value: 'ml' } } } };
  }

  async open(): Promise<void> {
    await mkdir(this.#folder);
  }

  async act(moment: Hour): Promise<void> {
    const { driver, day, dayNumber, hour, from } = moment;
    if (hour < 8 || hour > 20 || hour % 3 !== 0) return;
    await this.#drink(day, from, 200 + hour);
    if (hour === 12 && dayNumber % 2 === 1) {
      // What was just written is not read yet, and the one who writes still holds the old file.
      await rename(this.#file, join(this.#folder, `glasses.jsonl.${dayNumber}`));
      await appendFile(join(this.#folder, `glasses.jsonl.${dayNumber}`), this.#line(day, from + 1000, 50));
    }
    await moment.interrupt();
    await this.#drink(day, from + 2000, 33);
    await driver.until(
      async () => {
        const [known] = await driver.engine('days', { attribute: 'water', from: day, to: day });
        return known?.wanted === this.#ml[day];
      },
      `the log of ${day} is followed to its end`,
      STEP_MS,
    );
  }

  truths(): Values {
    return { water: this.#ml };
  }

  async #drink(day: string, at: number, ml: number): Promise<void> {
    const line = this.#line(day, at, ml);
    // Written in two halves: a line counts when it is whole.
    await appendFile(this.#file, line.slice(0, 9));
    await appendFile(this.#file, line.slice(9));
  }

  #line(day: string, at: number, ml: number): string {
    this.#ml[day] = (this.#ml[day] ?? 0) + ml;
    return `${JSON.stringify({ at: new Date(at).toISOString(), ml })}\n`;
  }
}
