#include "gateway/downstream/service.h"

namespace tidegate::gateway {

http::Underscores underscores_of(config::Settings const& settings) {
  switch (settings.underscore_headers) {
    case config::UnderscoreHeaders::allow: return http::Underscores::allow;
    case config::UnderscoreHeaders::drop: return http::Underscores::drop;
    case config::UnderscoreHeaders::reject: break;
  }
  return http::Underscores::reject;
}

}  // namespace tidegate::gateway
