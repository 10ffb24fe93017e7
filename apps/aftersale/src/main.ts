import { startAftersale } from './wiring/start-aftersale.js';

await startAftersale(process.env);
