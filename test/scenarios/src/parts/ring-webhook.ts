import type { Hour, Part, Values } from '../part.ts';

const TOKEN = 'ring-secret';

/** A ring that is worn on even days and pushes what it counted, each push twice; its steps go before those of the phone. */
export class RingWebhook implements Part {
  readonly sources = {
    ring: {
      plugin: 'webhook',
      name: 'ring',
      token: TOKEN,
      series: {
        steps: { value: 'steps', time: 'at', id: 'id' },
        floors: { value: 'floors', time: 'at', id: 'id' },
      },
    },
  };
  readonly attributes = {
    steps: { from: ['ring.steps', 'home.steps'], combine: 'first', fold: 'max' },
    floors: { from: 'ring.floors', fold: 'sum' },
  };
  readonly #url: string;
  readonly #steps: Record<string, number> = {};
  readonly #floors: Record<string, number> = {};

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/in/ring`;
  }

  async act(moment: Hour): Promise<void> {
    const { day, dayNumber, hour, from } = moment;
    if (dayNumber % 2 === 1 || hour < 8 || hour > 20 || hour % 2 === 1) return;
    const floors = 1 + ((hour + dayNumber) % 4);
    const steps = (hour - 6) * 700;
    const body = JSON.stringify({ id: `${day} ${hour}`, at: Math.floor(from / 1000) + 60, steps, floors });
    this.#steps[day] = steps;
    this.#floors[day] = (this.#floors[day] ?? 0) + floors;
    for (let pushes = 0; pushes < 2;) if (await this.#push(body, moment)) pushes += 1;
  }

  truths(): Values {
    return { steps: this.#steps, floors: this.#floors };
  }

  /** False when the daemon died over it: then it is to be pushed again. */
  async #push(body: string, { driver, interrupt }: Hour): Promise<boolean> {
    let status: number | undefined;
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
    void fetch(this.#url, { method: 'POST', headers, body }).then(
      (answer) => (status = answer.status),
      () => (status = 0),
    );
    await interrupt();
    await driver.until(() => status !== undefined, 'the push is answered');
    if (status !== 202 && status !== 0) throw new Error(`the push was answered ${status}`);
    return status === 202;
  }
}
