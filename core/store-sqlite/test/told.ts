import process from 'node:process';

/** Says a number on a line, and waits while the pipe is full: whoever reads it may be busy. */
export function told(number: number): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${number}\n`, (error) => (error == null ? resolve() : reject(error)));
  });
}
