//! Counting requests without looking metrics up for each: a path that was met before leads straight to
//! its counters.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use tracing::Span;
use tracing::field::Empty;

use super::openapi;
use crate::metrics::{Metrics, RequestLabels};
use crate::telemetry::{self, Asked, SPANS};

/// How many paths a server thread remembers, and how long one may be to be worth it.
const MOST_PATHS: usize = 512;
const LONGEST_PATH: usize = 256;

/// Which trace a request is part of.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The template of what no route has.
const UNROUTED: &str = "unrouted";

/// What one server thread knows of the paths it met.
pub(super) struct Traffic {
    metrics: Metrics,
    paths: RefCell<HashMap<Box<str>, Rc<Route>>>,
    unrouted: Rc<Route>,
}

/// The counters of one path template.
pub(super) struct Route {
    template: String,
    metrics: Metrics,
    methods: RefCell<Vec<Rc<Counters>>>,
}

struct Counters {
    method: &'static str,
    in_progress: Gauge,
    answers: RefCell<Vec<(StatusCode, Counter, Histogram)>>,
}

/// A request that waits for its answer. Dropped without one, it was given up by the client.
pub(super) struct Waiting {
    route: Rc<Route>,
    counters: Rc<Counters>,
    began: Instant,
    span: Span,
}

impl Traffic {
    pub(super) fn new(metrics: Metrics) -> Self {
        let unrouted = Rc::new(Route::new(UNROUTED.to_owned(), metrics.clone()));
        Self {
            metrics,
            paths: RefCell::default(),
            unrouted,
        }
    }

    /// The route of a path; its template is asked for at most once.
    pub(super) fn route(&self, path: &str, template: impl FnOnce() -> Option<String>) -> Rc<Route> {
        if let Some(route) = self.paths.borrow().get(path) {
            return Rc::clone(route);
        }
        // What is not routed is not remembered: there is no end of it.
        let Some(template) = template() else {
            return Rc::clone(&self.unrouted);
        };
        let mut paths = self.paths.borrow_mut();
        let known = paths
            .values()
            .find(|route| route.template == template)
            .map(Rc::clone);
        let route = known.unwrap_or_else(|| Rc::new(Route::new(template, self.metrics.clone())));
        if path.len() <= LONGEST_PATH {
            if paths.len() >= MOST_PATHS {
                paths.clear();
            }
            paths.insert(path.into(), Rc::clone(&route));
        }
        route
    }
}

impl Route {
    fn new(template: String, metrics: Metrics) -> Self {
        Self {
            template,
            metrics,
            methods: RefCell::default(),
        }
    }

    /// Counts a request in.
    pub(super) fn begin(self: Rc<Self>, method: &Method, request_id: &str) -> Waiting {
        let counters = self.counters(name_of(method));
        counters.in_progress.inc();
        let span = tracing::debug_span!(
            target: SPANS,
            "request",
            otel.name = %format_args!("{} {}", counters.method, self.template),
            otel.kind = "server",
            otel.status_code = Empty,
            request.id = request_id,
            http.request.method = counters.method,
            http.route = self.template,
            http.response.status_code = Empty,
        );
        Waiting {
            span,
            route: self,
            counters,
            began: Instant::now(),
        }
    }

    fn counters(&self, method: &'static str) -> Rc<Counters> {
        let mut methods = self.methods.borrow_mut();
        if let Some(counters) = methods.iter().find(|counters| counters.method == method) {
            return Rc::clone(counters);
        }
        let in_progress = self
            .metrics
            .requests_in_progress
            .get_or_create_owned(&self.labels(method, StatusCode::OK));
        let counters = Rc::new(Counters {
            method,
            in_progress,
            answers: RefCell::default(),
        });
        methods.push(Rc::clone(&counters));
        counters
    }

    fn labels(&self, method: &'static str, status: StatusCode) -> RequestLabels {
        RequestLabels {
            method,
            path: self.template.clone(),
            status_code: status.as_u16(),
            app_name: "pylon",
        }
    }
}

impl Waiting {
    /// What the request does, for traces; nothing where none are asked for.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// The media type of the problem that it may be answered with.
    pub(super) fn problem_type(&self) -> &'static str {
        openapi::problem_type(&self.route.template)
    }

    /// Makes the request part of its caller's trace, if it names one.
    pub(super) fn follow(&self, headers: &HeaderMap, request_id: &str) {
        if self.span.is_disabled() {
            return;
        }
        let caller = headers.get(TRACEPARENT).map(HeaderValue::to_str);
        let asked = Asked {
            id: request_id.to_owned(),
            name: format!("{} {}", self.counters.method, self.route.template),
        };
        telemetry::follow(&self.span, caller.and_then(Result::ok), asked);
    }

    /// Counts a request out, and logs it.
    pub(super) fn end(&self, status: StatusCode, request_id: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        self.count(status, seconds);
        self.span
            .record("http.response.status_code", i64::from(status.as_u16()));
        if status.is_server_error() {
            self.span.record("otel.status_code", "error");
        }
        tracing::debug!(
            request.id = request_id,
            request.method = self.counters.method,
            request.path = self.route.template,
            request.status = status.as_u16(),
            duration_ms = seconds * 1e3,
            "request answered"
        );
    }

    fn count(&self, status: StatusCode, seconds: f64) {
        let mut answers = self.counters.answers.borrow_mut();
        if let Some((_, requests, durations)) =
            answers.iter().find(|(known, _, _)| *known == status)
        {
            requests.inc();
            durations.observe(seconds);
            return;
        }
        let labels = self.route.labels(self.counters.method, status);
        let requests = self.route.metrics.requests.get_or_create_owned(&labels);
        let durations = self
            .route
            .metrics
            .request_duration
            .get_or_create_owned(&labels);
        requests.inc();
        durations.observe(seconds);
        answers.push((status, requests, durations));
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.counters.in_progress.dec();
    }
}

/// The method as a label; those that nobody has are one.
fn name_of(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
