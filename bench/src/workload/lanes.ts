/** Lanes of one city, for the promise bench: the same names for whoever writes and whoever asks. */
export interface WantedLane {
  readonly originArea: string;
  readonly destinationArea: string;
  readonly serviceProduct: string;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const BASE_MINUTES = 25;
const SPREAD_MINUTES = 30;

export const laneAt = (index: number): WantedLane => ({
  originArea: `bench-${index}`,
  destinationArea: `bench-${(index * 7) % 1_000}`,
  serviceProduct: 'standard',
});

/** As `PUT /v1/promise-lanes` takes it. */
export const laneWithHours = (index: number) => ({
  ...laneAt(index),
  bands: HOURS.map((hour) => ({ hour, durationMinutes: BASE_MINUTES + ((index + hour) % SPREAD_MINUTES) })),
});
