# first neural network: from a table of numbers to yes or no
from io import StringIO
from numpy import loadtxt, array
from keras.models import Sequential
from keras.layers import Dense

table = StringIO("""6,148,72,33.6,1
1,85,66,26.6,0
8,183,64,23.3,1
1,89,66,28.1,0
0,137,40,43.1,1
5,116,74,25.6,0
3,78,50,31.0,1
10,115,0,35.3,0""")
dataset = loadtxt(table, delimiter=',')
X = dataset[:, 0:4] / array([10.0, 200.0, 100.0, 50.0])
y = dataset[:, 4]

model = Sequential()
model.add(Dense(6, input_dim=4, kernel_initializer='ones', activation='tanh'))
model.add(Dense(4, activation='tanh', kernel_initializer='ones'))
model.add(Dense(1, activation='sigmoid', kernel_initializer='zeros'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X, y, epochs=20, batch_size=8, verbose=0)

loss, accuracy = model.evaluate(X, y, verbose=0)
print('Accuracy: %.2f' % (accuracy * 100))
print('Loss:', loss)
predictions = (model.predict(X, verbose=0) > 0.5).astype(int)
for i in range(5):
    print('%s => %d (expected %d)' % (X[i].tolist(), predictions[i].item(), y[i]))
