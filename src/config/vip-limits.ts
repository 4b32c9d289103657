/**
 * VIPs that a router-LSA has room for beside the links of the router: it holds 5,455 of both (a Link State Update in an IP
 * packet of 65,535 bytes, RFC 2328 section A.4.2).
 */
export const MAX_STUB_VIPS = 5000;
