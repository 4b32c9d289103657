{
  'variables': { 'sanitize%': 0 },
  'targets': [
    {
      'target_name': 'lasthop',
      'dependencies': ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api"],
      'sources': [
        'native-bindings/addon.cc',
        'native-bindings/arguments.cc',
        'native-bindings/bpf.cc',
        'native-bindings/clock.cc',
        'native-bindings/constants.cc',
        'native-bindings/ethtool.cc',
        'native-bindings/event.cc',
        'native-bindings/huge-pages.cc',
        'native-bindings/namespace.cc',
        'native-bindings/netlink.cc',
        'native-bindings/packet-io.cc',
        'native-bindings/packet.cc',
        'native-bindings/poll.cc',
        'native-bindings/privileges.cc',
        'native-bindings/scheduling.cc',
        'native-bindings/system-error.cc',
        'native-bindings/thread-broadcast.cc',
        'native-bindings/tun.cc',
        'native-bindings/unix-datagram.cc',
        'native-bindings/watch.cc',
        'native-bindings/xdp.cc',
      ],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_DEPRECATED'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
      'cflags_cc': ['-std=c++17', '-Wall', '-Wextra', '-Werror', '-fvisibility=hidden'],
      'conditions': [
        ['sanitize==1', {
          'cflags!': ['-O3'],
          'cflags': ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
          # The sanitizer for virtual calls needs type information.
          'cflags_cc!': ['-fno-rtti'],
          'ldflags': ['-fsanitize=address,undefined'],
        }],
      ],
    },
  ],
}
