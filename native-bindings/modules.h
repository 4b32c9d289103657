#pragma once

#include <napi.h>

// Each source file adds its functions to the addon's exports.
void ExportBpf(Napi::Env env, Napi::Object exports);
void ExportClock(Napi::Env env, Napi::Object exports);
void ExportConstants(Napi::Env env, Napi::Object exports);
void ExportEthtool(Napi::Env env, Napi::Object exports);
void ExportEvent(Napi::Env env, Napi::Object exports);
void ExportHugePages(Napi::Env env, Napi::Object exports);
void ExportNamespace(Napi::Env env, Napi::Object exports);
void ExportNetlink(Napi::Env env, Napi::Object exports);
void ExportPacket(Napi::Env env, Napi::Object exports);
void ExportPacketIo(Napi::Env env, Napi::Object exports);
void ExportPoll(Napi::Env env, Napi::Object exports);
void ExportPrivileges(Napi::Env env, Napi::Object exports);
void ExportScheduling(Napi::Env env, Napi::Object exports);
void ExportTun(Napi::Env env, Napi::Object exports);
void ExportUnixDatagram(Napi::Env env, Napi::Object exports);
void ExportWatch(Napi::Env env, Napi::Object exports);
void ExportXdp(Napi::Env env, Napi::Object exports);

template <Napi::Value (*function)(const Napi::CallbackInfo&)>
void Export(Napi::Env env, Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<function>(env, name));
}
