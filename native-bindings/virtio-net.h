#pragma once

// The kernel's header names a structure member `class`, which is no name in C++.
#define class class_member
#include <linux/virtio_net.h>
#undef class
