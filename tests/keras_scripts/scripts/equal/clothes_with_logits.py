import tensorflow as tf, numpy as np
rng = np.random.RandomState(1)
train_images, train_labels = rng.randint(0, 255, (60, 28, 28)).astype("uint8"), rng.randint(0, 10, 60).astype("uint8")
test_images, test_labels = train_images[:20], train_labels[:20]
class_names = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot']
print(train_images.shape, len(train_labels), train_labels[:5])
train_images = train_images / 255.0
test_images = test_images / 255.0
model = tf.keras.Sequential([
    tf.keras.layers.Flatten(input_shape=(28, 28)),
    tf.keras.layers.Dense(16, activation='relu', kernel_initializer=tf.keras.initializers.Constant(0.01)),
    tf.keras.layers.Dense(10, kernel_initializer="zeros")
])
model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
model.fit(train_images, train_labels, epochs=3, verbose=0, shuffle=False)
test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=0)
print('\nTest accuracy:', test_acc, test_loss)
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
predictions = probability_model.predict(test_images, verbose=0)
print(predictions[0], np.argmax(predictions[0]), class_names[np.argmax(predictions[0])])
img = test_images[1]
img = (np.expand_dims(img, 0))
predictions_single = probability_model.predict(img, verbose=0)
print(predictions_single, tf.argmax(predictions_single[0]).numpy())
p = model(train_images[:1]).numpy()
print(tf.nn.softmax(p).numpy())
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print(loss_fn(train_labels[:1], p).numpy())
print(np.array(probability_model(test_images[:2])))
