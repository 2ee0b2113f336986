//! Squoosh's codecs: pixels wait here until JavaScript has had them encoded in a worker of the codec's own.
//!
//! A job asks from its thread of the pool and waits there; JavaScript takes orders on the engine's worker, which never
//! waits. Pixels and files cross by copies, so a codec never sees the engine's memory. Without shared memory there is no
//! thread that could wait, and so there are no codecs.

use planish::SquooshEncoders;

/// Whoever runs the codecs, once JavaScript has asked for orders.
#[cfg(not(feature = "threads"))]
pub(crate) const fn encoders() -> Option<&'static dyn SquooshEncoders> {
    None
}

#[cfg(feature = "threads")]
pub(crate) use broker::encoders;

#[cfg(feature = "threads")]
mod broker {
    use super::SquooshEncoders;
    use crate::failure::object;
    use futures_channel::oneshot::{self, Sender};
    use js_sys::{Promise, Uint8Array};
    use planish::{CancelFlag, RawImage, SquooshError, SquooshOptions};
    use std::collections::{BTreeMap, VecDeque};
    use std::panic::AssertUnwindSafe;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
    use std::time::Duration;
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;

    /// How often a waiting job looks at its cancel flag.
    const TICK: Duration = Duration::from_millis(50);

    /// Whether somebody takes orders.
    static SERVED: AtomicBool = AtomicBool::new(false);
    static BROKER: Mutex<Broker> =
        Mutex::new(Broker { next: 0, orders: VecDeque::new(), waiter: None, answers: BTreeMap::new() });
    static ANSWERED: Condvar = Condvar::new();

    /// What JavaScript is asked to do.
    enum Order {
        /// Encode these pixels.
        Encode {
            id: u32,
            codec: &'static str,
            width: u32,
            height: u32,
            bits: u8,
            options: String,
            pixels: Vec<u8>,
        },
        /// Nobody wants the answer to this one any more.
        Forget { id: u32 },
    }

    type Answer = Result<Vec<u8>, SquooshError>;

    struct Broker {
        next: u32,
        /// Not taken yet.
        orders: VecDeque<Order>,
        /// Somebody who takes the next order.
        waiter: Option<Sender<Order>>,
        /// Orders that somebody waits for, with the answers that are there.
        answers: BTreeMap<u32, Option<Answer>>,
    }

    /// A panic elsewhere cannot leave it half-written.
    fn broker() -> MutexGuard<'static, Broker> {
        BROKER.lock().unwrap_or_else(PoisonError::into_inner)
    }

    impl Broker {
        fn order(&mut self, order: Order) {
            let Some(waiter) = self.waiter.take() else {
                self.orders.push_back(order);
                return;
            };
            if let Err(order) = waiter.send(order) {
                self.orders.push_back(order);
            }
        }
    }

    struct Encoders;

    /// Whoever runs the codecs, once JavaScript has asked for orders.
    pub(crate) fn encoders() -> Option<&'static dyn SquooshEncoders> {
        SERVED.load(Ordering::Relaxed).then_some(&Encoders as _)
    }

    impl SquooshEncoders for Encoders {
        fn encode(
            &self,
            image: &RawImage<'_>,
            options: &SquooshOptions,
            cancel: &CancelFlag,
        ) -> Result<Vec<u8>, SquooshError> {
            let json =
                serde_json::to_string(options).map_err(|error| SquooshError::Failed(error.to_string()))?;
            // Copied before anybody can be kept waiting.
            let pixels = image.rgba.to_vec();
            let mut broker = broker();
            let id = broker.next;
            broker.next = broker.next.wrapping_add(1);
            broker.answers.insert(id, None);
            broker.order(Order::Encode {
                id,
                codec: options.codec().name(),
                width: image.width,
                height: image.height,
                bits: image.bits,
                options: json,
                pixels,
            });
            loop {
                if let Some(answer) = broker.answers.get_mut(&id).and_then(Option::take) {
                    broker.answers.remove(&id);
                    return answer;
                }
                if cancel.is_cancelled() {
                    broker.answers.remove(&id);
                    broker
                        .orders
                        .retain(|order| !matches!(order, Order::Encode { id: queued, .. } if *queued == id));
                    broker.order(Order::Forget { id });
                    return Err(SquooshError::Cancelled);
                }
                broker = match ANSWERED.wait_timeout(broker, TICK) {
                    Ok((broker, _)) => broker,
                    Err(poisoned) => poisoned.into_inner().0,
                };
            }
        }
    }

    /// The next thing to do for Squoosh's codecs, as soon as there is one: `{ id, codec, width, height, bits, options,
    /// pixels }` to encode, `options` being JSON, or `{ id }` where nobody wants the answer any more. From the first call
    /// on, settings may name the codecs.
    #[wasm_bindgen(
        js_name = squooshOrder,
        unchecked_return_type = "Promise<{ id: number; codec?: string; width?: number; height?: number; bits?: number; options?: string; pixels?: Uint8Array }>"
    )]
    pub fn squoosh_order() -> Promise {
        SERVED.store(true, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        {
            let mut broker = broker();
            match broker.orders.pop_front() {
                // The receiver is here.
                Some(order) => drop(sender.send(order)),
                None => broker.waiter = Some(sender),
            }
        }
        js_sys::futures::future_to_promise(AssertUnwindSafe(async move {
            receiver.await.map(to_js).map_err(|_| JsValue::from_str("another call waits for orders"))
        }))
    }

    fn to_js(order: Order) -> JsValue {
        match order {
            Order::Forget { id } => object([("id", id.into())]),
            Order::Encode { id, codec, width, height, bits, options, pixels } => object([
                ("id", id.into()),
                ("codec", codec.into()),
                ("width", width.into()),
                ("height", height.into()),
                ("bits", bits.into()),
                ("options", options.into()),
                ("pixels", Uint8Array::from(pixels.as_slice()).into()),
            ]),
        }
    }

    /// Answers an order: with a file, or with what went wrong, `unavailable` where the codec could not even be loaded.
    #[wasm_bindgen(js_name = squooshAnswer)]
    pub fn squoosh_answer(id: u32, file: Option<Vec<u8>>, message: String, unavailable: bool) {
        let answer = match file {
            Some(file) => Ok(file),
            None if unavailable => Err(SquooshError::Unavailable(message)),
            None => Err(SquooshError::Failed(message)),
        };
        // A job that was cancelled meanwhile waits for nothing.
        if let Some(place) = broker().answers.get_mut(&id) {
            *place = Some(answer);
        }
        ANSWERED.notify_all();
    }
}
