/** The carriers of this installation: the one that implements our contract, and DoorDash Drive where it is configured. */
import { invariant, systemClock } from '@ordo/kernel';
import { CarrierRegistry } from '../carriers/carrier-registry.js';
import { DriveCarrier } from '../carriers/drive-carrier.js';
import { SignedHttpCarrier } from '../carriers/signed-http-carrier.js';
import type { DeliveryConfig } from './delivery-variables.js';

const HUB = 'hub';
const DRIVE = 'drive';

/** The first is called where nobody says otherwise. */
export function openCarriers(config: DeliveryConfig): CarrierRegistry {
  const { carrierUrl, carrierSecrets, driveUrl, driveDeveloperId, driveKeyId } = config;
  const hub = new SignedHttpCarrier({ name: HUB, url: carrierUrl, secrets: carrierSecrets, clock: systemClock });
  if (driveDeveloperId === '') return new CarrierRegistry([hub]);
  const secrets = [driveKeyId, config.driveSigningSecret, config.driveWebhookCredential];
  invariant(!secrets.includes(''), 'ORDO_DRIVE_DEVELOPER_ID is set, and not every ORDO_DRIVE_… that belongs to it');
  const drive = new DriveCarrier({
    ...{ name: DRIVE, url: driveUrl, developerId: driveDeveloperId, keyId: driveKeyId, clock: systemClock },
    ...{ signingSecret: config.driveSigningSecret, webhookCredential: config.driveWebhookCredential },
  });
  return new CarrierRegistry([hub, drive]);
}
