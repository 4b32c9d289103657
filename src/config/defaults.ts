/** Every default of the configuration. Times are in seconds. */
export const DEFAULTS = {
  virtualLinkName: 'lasthop0',
  virtualLinkMtu: 1500,
  io: 'auto',
  area: 0,
  mode: 'host',
  interfaceType: 'point-to-point',
  interfaceCost: 10,
  helloIntervalSeconds: 10,
  /** The dead interval is this many hello intervals (RFC 2328, appendix C.3). */
  deadIntervalHellos: 4,
  retransmitIntervalSeconds: 5,
  vipMode: 'static',
  vipCost: 0,
  controllerUser: 'nobody',
  holdTimeSeconds: 60,
  controlSocket: '/run/lasthop/control.sock',
} as const;
