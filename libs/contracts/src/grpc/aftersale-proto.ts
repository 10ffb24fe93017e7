/** Where the after-sale service's protobuf lies, and what it is called; loaded with the options of the order service. */
import { join } from 'node:path';
import { protoRoot } from './proto-path.js';

export const AFTERSALE_PROTO_PACKAGE = 'ordo.aftersale.v1';
export const AFTERSALE_PROTO_SERVICE = 'AftersaleService';

export const aftersaleProtoPath = (): string => join(protoRoot(), 'ordo', 'aftersale', 'v1', 'aftersale.proto');
