import { Aedes } from 'aedes';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import process from 'node:process';

/** The broker that dayfold hosts, in a process of its own. */
const aedes = await Aedes.createBroker();
const server = createServer((socket) => void aedes.handle(socket));
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
