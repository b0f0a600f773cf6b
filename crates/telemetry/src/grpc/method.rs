//! The name of the method that is called, as far as it is one.

/// What stands for names that nobody serves.
const OTHER: &str = "_OTHER";
/// The longest name of a service or a method that is taken as it comes.
const NAME_BYTES_MAX: usize = 128;
/// Services that keep the server going and serve nobody's work.
const PLUMBING: [&str; 2] = ["/grpc.health.", "/grpc.reflection."];

/// Whether calls of this path are left out of traces and metrics.
pub(super) fn is_plumbing(path: &str) -> bool {
    PLUMBING.iter().any(|prefix| path.starts_with(prefix))
}

/// `package.Service/Method`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MethodName {
    full: String,
    slash: usize,
}

impl MethodName {
    /// The method of a request's path; `_OTHER/_OTHER` if the path names none.
    pub(super) fn of(path: &str) -> Self {
        match path.strip_prefix('/').and_then(|path| path.split_once('/')) {
            Some((service, method)) if is_name(service) && is_name(method) => {
                Self { full: format!("{service}/{method}"), slash: service.len() }
            }
            _ => Self::other(),
        }
    }

    /// The name under which all calls go that nobody serves.
    pub(super) fn other() -> Self {
        Self { full: format!("{OTHER}/{OTHER}"), slash: OTHER.len() }
    }

    pub(super) fn span_name(&self) -> &str {
        &self.full
    }

    pub(super) fn service(&self) -> &str {
        &self.full[..self.slash]
    }

    pub(super) fn method(&self) -> &str {
        &self.full[self.slash + 1..]
    }
}

fn is_name(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_taken_as_they_come() {
        let long = format!("/{}/Get", "a".repeat(NAME_BYTES_MAX + 1));
        let table = [
            (
                "/quanheng.registry.v1.UnitService/GetUnit",
                "quanheng.registry.v1.UnitService",
                "GetUnit",
            ),
            ("/S/m_1", "S", "m_1"),
            ("/", OTHER, OTHER),
            ("/S", OTHER, OTHER),
            ("/S/", OTHER, OTHER),
            ("//m", OTHER, OTHER),
            ("S/m", OTHER, OTHER),
            ("/S/m/n", OTHER, OTHER),
            ("/S/m%20n", OTHER, OTHER),
            (&long, OTHER, OTHER),
        ];
        for (path, service, method) in table {
            let name = MethodName::of(path);
            assert_eq!((name.service(), name.method()), (service, method), "{path}");
        }
        assert_eq!(MethodName::of("/S/m").span_name(), "S/m");
    }

    #[test]
    fn health_and_reflection_are_plumbing() {
        let table = [
            ("/grpc.health.v1.Health/Check", true),
            ("/grpc.health.v1.Health/Watch", true),
            ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", true),
            ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", true),
            ("/quanheng.health.v1.HealthService/Get", false),
            ("/grpc.healthy/Get", false),
        ];
        for (path, plumbing) in table {
            assert_eq!(is_plumbing(path), plumbing, "{path}");
        }
    }
}
