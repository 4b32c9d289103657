/** Every default of the configuration. Times are in seconds, or in the unit of their name. */
export const DEFAULTS = {
  workers: 1,
  virtualLinkName: 'lasthop0',
  virtualLinkMtu: 1500,
  virtualLinkCoalesce: 'tcp',
  io: 'auto',
  linkCoalesce: 'none',
  sourceValidation: 'off',
  /** A redirected host keeps to one next hop, whose failure no routing protocol works around for it. */
  redirects: false,
  icmpSource: 'egress',
  ipOptions: 'record',
  area: 0,
  mode: 'host',
  /** What Ethernet is to FRR and BIRD too. */
  interfaceType: 'broadcast',
  interfacePriority: 1,
  interfaceCost: 10,
  helloIntervalSeconds: 10,
  /** The dead interval is this many hello intervals (RFC 2328, appendix C.3). */
  deadIntervalHellos: 4,
  retransmitIntervalSeconds: 5,
  /**
   * A run takes milliseconds, so these are shorter than what RFC 8405 proposes. The holddown is less than the gap between
   * two instances of one router's LSA: what one router changes, however often, never waits.
   */
  spfInitialMs: 0,
  spfShortMs: 20,
  spfLongMs: 320,
  spfTimeToLearnMs: 500,
  spfHolddownMs: 1000,
  areaType: 'normal',
  stubDefaultCost: 1,
  externalMetric: 20,
  externalMetricType: 2,
  externalTag: 0,
  bfdIntervalMs: 300,
  bfdMultiplier: 3,
  vipMode: 'static',
  vipCost: 0,
  vipUnhealthy: 'withdraw',
  vipRank: 100,
  vipLeaseLoss: 'drop',
  etcdValidityMs: 400,
  checkIntervalMs: 1000,
  checkTimeoutMs: 1000,
  checkRise: 2,
  checkFall: 3,
  checkInitial: 'down',
  controllerUser: 'nobody',
  holdTimeSeconds: 60,
  controlSocket: '/run/lasthop/control.sock',
} as const;
