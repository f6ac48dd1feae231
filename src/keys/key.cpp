#include "keys/key.h"

namespace keys {

const char* host_key_state_name(HostKeyState state) {
  switch (state) {
    case HostKeyState::kUnconfirmed: return "unconfirmed";
    case HostKeyState::kConfirmed: return "confirmed";
    case HostKeyState::kChanged: return "changed";
  }
  return "unconfirmed";
}

}  // namespace keys
